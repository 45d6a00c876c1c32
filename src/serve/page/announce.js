// What screen readers are told, and short notices that everybody sees.

import {byId, element, iconButton} from './element.js';
import {say, sayPlainly} from './words.js';

// A dialog makes all beside it silent, so they follow into the one that is open, and back.
function inSight() {
  const top = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body;
  for (const id of ['notices', 'announcer']) {
    if (byId(id).parentNode !== top) top.append(byId(id));
  }
}

document.addEventListener('close', ({target}) => {
  const inside = [...target.children].filter(({id}) => ['notices', 'announcer'].includes(id));
  document.body.append(...inside);
}, true);  // it does not bubble

export function announce(key, values) {
  inSight();
  say(byId('announcer'), key, values);
}

// A notice that goes by itself, with at most a few buttons: [{say, onclick}].
export function notify(key, values = {}, {actions = [], seconds = 8} = {}) {
  const text = element('p');
  say(text, key, values);
  return showNotice(text, actions, seconds);
}

// The same with words that come from elsewhere.
export function notifyPlainly(message, {actions = [], seconds = 10} = {}) {
  const text = element('p');
  sayPlainly(text, message);
  return showNotice(text, actions, seconds);
}

function showNotice(text, actions, seconds) {
  const notice = element('div', {class: 'notice', role: 'status'}, text);
  const leave = () => notice.remove();
  for (const action of actions) {
    notice.append(element('button', {type: 'button', class: 'quiet', say: action.say, onclick: () => {
      leave();
      action.onclick();
    }}));
  }
  notice.append(iconButton('close', 'dismiss', leave));
  inSight();
  byId('notices').append(notice);
  let timer = setTimeout(leave, seconds * 1000);
  const hold = () => clearTimeout(timer);  // it stays while someone is at it
  const letGo = () => { timer = setTimeout(leave, seconds * 1000); };
  notice.addEventListener('pointerenter', hold);
  notice.addEventListener('focusin', hold);
  notice.addEventListener('pointerleave', letGo);
  notice.addEventListener('focusout', letGo);
  return leave;
}
