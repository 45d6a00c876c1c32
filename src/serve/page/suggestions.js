// Prompts to begin with: below the prompt on small screens, else where pictures will be.

import {byId, element} from './element.js';
import {words} from './words.js';

export function showSuggestions(chosen) {
  const chip = (prompt) => element('button', {
    type: 'button', class: 'chip', text: prompt, onclick: () => {
      byId('prompt').value = prompt;
      byId('prompt').dispatchEvent(new Event('input', {bubbles: true}));
      chosen();
    }});
  const show = () => {
    for (const place of document.querySelectorAll('.suggestions')) {
      place.replaceChildren(...words('suggestions').map(chip));
    }
  };
  show();
  document.addEventListener('languagechosen', show);
}
