// Reads a stream of server-sent events from a response's body. The browser's own EventSource
// cannot send a key.

export async function* eventsOf(response, signal) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const stop = () => reader.cancel().catch(() => {});
  signal?.addEventListener('abort', stop);
  let rest = '';
  try {
    while (true) {
      const {value, done} = await reader.read();
      if (done) return;
      const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) yield eventOf(block);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

// A comment alone, which says that the server is there, is an event without data.
function eventOf(block) {
  let name = 'message';
  const data = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) name = line.slice(6).trim();
    if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
  }
  return {name, data: data.length > 0 ? JSON.parse(data.join('\n')) : null};
}
