// A grid with its labels as one picture.

import {canvasOf} from './pictures.js';

const GAP = 8, MARGIN = 24, FONT = 16, LARGEST_SIDE = 12_000;

// Breaks a text into lines that are no wider than `width`.
function linesOf(draw, text, width) {
  const lines = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && draw.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

// `pictures` are rows of blobs, or null where none is.
export async function plotPicture({title, columns, rows, pictures}) {
  const bitmaps = await Promise.all(pictures.map((row) => Promise.all(row.map((blob) =>
      blob ? createImageBitmap(blob) : null))));
  const all = bitmaps.flat().filter((bitmap) => bitmap);
  const most = Math.floor(LARGEST_SIDE / Math.max(columns.length, rows.length));
  const width = Math.min(most, Math.max(...all.map((bitmap) => bitmap.width)));
  const height = Math.min(most, Math.max(...all.map((bitmap) => bitmap.height)));

  const measure = canvasOf(1, 1).getContext('2d');
  const font = `${FONT}px system-ui, sans-serif`;
  measure.font = font;
  const hasRows = rows.some((row) => row !== '');
  const rowLabels = rows.map((row) => linesOf(measure, row, 160));
  const columnLabels = columns.map((column) => linesOf(measure, column, width));
  const left = hasRows ? 160 + GAP : 0;
  const wholeWidth = 2 * MARGIN + left + columns.length * (width + GAP) - GAP;
  const titleLines = linesOf(measure, title, wholeWidth - 2 * MARGIN);
  const lineHeight = FONT * 1.35;
  const labelsTop = MARGIN + titleLines.length * lineHeight + GAP;
  const top = labelsTop + Math.max(...columnLabels.map((lines) => lines.length)) * lineHeight + GAP;

  const canvas = canvasOf(wholeWidth, Math.ceil(top + rows.length * (height + GAP) - GAP + MARGIN));
  const draw = canvas.getContext('2d');
  draw.fillStyle = '#fff';
  draw.fillRect(0, 0, canvas.width, canvas.height);
  draw.fillStyle = '#1f1d1a';
  draw.font = font;
  draw.textBaseline = 'top';
  const write = (lines, x, y) => lines.forEach((line, i) => draw.fillText(line, x, y + i * lineHeight));
  write(titleLines, MARGIN, MARGIN);
  const x = (column) => MARGIN + left + column * (width + GAP);
  const y = (row) => top + row * (height + GAP);
  columnLabels.forEach((lines, column) => write(lines, x(column), labelsTop));
  rowLabels.forEach((lines, row) => write(lines, MARGIN, y(row)));
  bitmaps.forEach((row, down) => row.forEach((bitmap, across) => {
    if (bitmap) draw.drawImage(bitmap, x(across), y(down), width, height);
    bitmap?.close();
  }));
  return canvas;
}
