// Pictures and lists of prompts that are dropped on the page or pasted into it.

import {byId, element, icon} from './element.js';

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
const isPrompts = (file) => file.type === 'text/plain' || /\.txt$/i.test(file.name);

// `zones` are [{name, icon, say, take(file), isShown()}], the last of which may be missing; `usual(file)` takes what is dropped beside them or
// pasted, `prompts(file)` a list of prompts wherever it is dropped.
export function takeDrops({zones, usual, prompts}) {
  const overlay = byId('drop-zones');
  let inside = 0;
  const leave = () => {
    inside = 0;
    overlay.hidden = true;
  };
  const take = (event, action) => {
    event.preventDefault();
    event.stopPropagation();
    leave();
    const [file] = event.dataTransfer.files;
    if (file) (isPrompts(file) ? prompts : action)(file);
  };
  const promptsZone = {name: 'prompts', icon: 'list', say: 'dropPrompts', take: prompts};
  overlay.append(...[...zones, promptsZone].map((zone) => {
    const node = element('div', {class: 'zone', 'data-zone': zone.name}, icon(zone.icon),
                         element('p', {say: zone.say}));
    node.addEventListener('dragenter', () => node.classList.add('over'));
    node.addEventListener('dragleave', () => node.classList.remove('over'));
    node.addEventListener('drop', (event) => {
      node.classList.remove('over');
      take(event, zone.take);
    });
    return node;
  }));
  document.addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    ++inside;
    const isText = event.dataTransfer.items[0]?.type === 'text/plain';
    for (const zone of overlay.children) {
      const isShown = zones.find(({name}) => name === zone.dataset.zone)?.isShown?.() ?? true;
      zone.hidden = (zone.dataset.zone === 'prompts') !== isText || !isShown;
    }
    overlay.hidden = false;
  });
  document.addEventListener('dragleave', (event) => {
    if (hasFiles(event) && --inside <= 0) leave();
  });
  document.addEventListener('dragover', (event) => { if (hasFiles(event)) event.preventDefault(); });
  document.addEventListener('drop', (event) => { if (hasFiles(event)) take(event, usual); });
  document.addEventListener('paste', (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({type}) => type.startsWith('image/'));
    if (!file) return;
    event.preventDefault();
    usual(file);
  });
}
