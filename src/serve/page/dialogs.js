// Small dialogs: a question, a key, a link to copy by hand.

import {element} from './element.js';
import {say} from './words.js';

// Resolves to the dialog's return value; '' where it was left.
function shown(dialog) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener('close', () => {
    dialog.remove();
    done(dialog.returnValue);
  }));
}

function dialogWith(title, values, ...content) {
  const heading = element('h2', {id: 'dialog-title'});
  say(heading, title, values);
  const form = element('form', {method: 'dialog'}, heading, ...content);
  return element('dialog', {class: 'small', 'aria-labelledby': 'dialog-title'}, form);
}

const buttons = (...children) => element('div', {class: 'dialog-buttons'}, ...children);
// No submit button: Enter is for the other one.
const leave = () => element('button', {type: 'button', class: 'quiet', say: 'cancel',
                                       onclick: ({target}) => target.closest('dialog').close('')});

export async function confirmed(question, values, yes) {
  const dialog = dialogWith(question, values, buttons(leave(),
      element('button', {class: 'primary', value: 'yes', say: yes, autofocus: true})));
  return await shown(dialog) === 'yes';
}

// The key that was typed in; empty where the dialog was left.
export async function askForKey(wasRefused) {
  const input = element('input', {type: 'password', id: 'key', autocomplete: 'off', required: true,
                                  pattern: '[ -~]+', autofocus: true});
  const refused = element('p', {class: 'error', role: 'alert', say: 'keyRefused', hidden: !wasRefused});
  const dialog = dialogWith('keyTitle', {}, element('p', {class: 'hint', say: 'keyHint'}),
      element('div', {class: 'field'}, element('label', {for: 'key', say: 'key'}), input, refused),
      buttons(leave(), element('button', {class: 'primary', value: 'yes', say: 'keyUse'})));
  return await shown(dialog) === 'yes' ? input.value.trim() : '';
}

export async function showLink(link) {
  const input = element('input', {type: 'text', id: 'link', value: link, readonly: true,
                                  autofocus: true, onfocus: () => input.select()});
  const dialog = dialogWith('linkTitle', {},
      element('div', {class: 'field'}, element('label', {for: 'link', say: 'linkHint'}), input),
      buttons(element('button', {class: 'primary', value: 'yes', say: 'close'})));
  await shown(dialog);
}
