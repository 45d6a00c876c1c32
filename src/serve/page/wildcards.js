// Prompts that choose: {red|green|blue} becomes one of the three, another one for every seed and
// always the same one for the same seed. Choices may stand in one another; a backslash takes the
// meaning from what follows it.

// Reads `text` from `position` to the end, or, within braces, to the next | or }. `known` are the
// choices so far by where they begin: a brace that is never closed is met again and again.
function parse(text, position, within, known = new Map()) {
  const parts = [];  // strings, and lists of alternatives
  let plain = '';
  while (position < text.length) {
    const letter = text[position];
    if (letter === '\\' && '{|}\\'.includes(text[position + 1] ?? ' ')) {
      plain += text[position + 1];
      position += 2;
    } else if (letter === '{') {
      if (!known.has(position)) known.set(position, parseChoice(text, position, known));
      const choice = known.get(position);
      if (choice) {
        parts.push(plain, choice.alternatives);
        plain = '';
        position = choice.end;
      } else {
        plain += letter;
        ++position;
      }
    } else if (within && (letter === '|' || letter === '}')) {
      break;
    } else {
      plain += letter;
      ++position;
    }
  }
  parts.push(plain);
  return {parts, end: position};
}

// Nothing where the brace is never closed: then it is a letter like others.
function parseChoice(text, open, known) {
  const alternatives = [];
  let position = open;
  do {
    const {parts, end} = parse(text, position + 1, true, known);
    alternatives.push(parts);
    position = end;
  } while (text[position] === '|');
  return text[position] === '}' ? {alternatives, end: position + 1} : null;
}

export function hasChoices(text) {
  return parse(text, 0, false).parts.some(Array.isArray);
}

// Numbers of 0 to 1 that a seed settles (mulberry32).
function numbersOf(seed) {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// The prompt of one picture.
export function expand(text, seed) {
  const next = numbersOf(seed);
  const written = (parts) => parts.map((part) =>
      typeof part === 'string' ? part : written(part[Math.floor(next() * part.length)])).join('');
  return written(parse(text, 0, false).parts);
}

// Takes the meaning from braces, so that words of a finished picture stay what they are.
export function escaped(text) {
  return text.replace(/[{|}\\]/g, '\\$&');
}
