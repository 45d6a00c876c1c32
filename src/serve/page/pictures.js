// Pictures as files, canvases and data URLs.

export function canvasOf(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

// A picture's file on a canvas, made smaller where it has more pixels than `most`. Throws where the
// browser cannot read it.
export async function canvasFrom(blob, most) {
  const bitmap = await createImageBitmap(blob);
  const scale = Math.min(1, Math.sqrt(most / (bitmap.width * bitmap.height)));
  const canvas = canvasOf(Math.max(1, Math.floor(bitmap.width * scale)),
                          Math.max(1, Math.floor(bitmap.height * scale)));
  const draw = canvas.getContext('2d');
  draw.imageSmoothingQuality = 'high';
  draw.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

// The picture of a data URL.
export async function canvasAt(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = canvasOf(image.naturalWidth, image.naturalHeight);
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas;
}

export function middleSquare(canvas) {
  const side = Math.min(canvas.width, canvas.height);
  const square = canvasOf(side, side);
  square.getContext('2d').drawImage(canvas, Math.floor((canvas.width - side) / 2),
      Math.floor((canvas.height - side) / 2), side, side, 0, 0, side, side);
  return square;
}

export function copyOf(canvas) {
  const copy = canvasOf(canvas.width, canvas.height);
  copy.getContext('2d').drawImage(canvas, 0, 0);
  return copy;
}

export function blobOf(canvas) {
  return new Promise((done) => canvas.toBlob(done, 'image/png'));
}

export function dataUrlOf(blob) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(blob);
  });
}

export function download(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// A file's name for a picture: from its words and its seed.
export function fileName({prompt, seed, format}) {
  const words = (prompt || 'picture').normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '').slice(0, 60);
  const ending = format === 'jpeg' ? 'jpg' : format || 'png';
  return `${words || 'picture'}-${seed}.${ending}`;
}

// One address of each blob, however often it is shown.
const addresses = new WeakMap();

export function addressOf(blob) {
  if (!addresses.has(blob)) addresses.set(blob, URL.createObjectURL(blob));
  return addresses.get(blob);
}

export function forgetAddress(blob) {
  if (addresses.has(blob)) URL.revokeObjectURL(addresses.get(blob));
  addresses.delete(blob);
}
