// The browser's chooser of files, which a button opens by a click on it.

import {element} from './element.js';

// `take` is called with the picture's file that was chosen.
export function fileChooser(id, take) {
  const input = element('input', {type: 'file', id, accept: 'image/*', class: 'hidden', tabindex: -1,
                                  'aria-hidden': 'true', onchange: () => {
                                    if (input.files[0]) take(input.files[0]);
                                    input.value = '';
                                  }});
  return input;
}
