import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '#infra/esbuild-options.ts';
import { photograph } from '../browser.ts';

/** Pictures of pages that are stored, and how much a page differs from its picture. */

/** Pictures that README.md shows, too. WebP: a tenth of a PNG file. */
const folder = join(root, '.github/screenshots/console');

/** CSS pixels of a square whose mean colour is compared, so that fonts may draw an edge otherwise. */
const square = 16;
/** By how much of 255 a mean may differ, and how many of 1,000 squares may differ by more. */
const tolerance = { mean: 20, squares: 4 } as const;

const dataUrl = (type: string, bytes: Buffer): string => `data:${type};base64,${bytes.toString('base64')}`;

/** Runs in a page of its own, as its policy allows what the pages of the console do not. */
const helpers = `
  const decode = async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  };
  const drawn = (image, width, height) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, width, height);
    return { canvas, pixels: () => context.getImageData(0, 0, width, height).data };
  };`;

/** A screenshot as WebP, as a data URL. */
const encode = (screenshot: string): string => `(async () => {${helpers}
  const image = await decode(${JSON.stringify(screenshot)});
  return drawn(image, image.width, image.height).canvas.toDataURL('image/webp', 0.8);
})()`;

/** Thousandths of the squares that differ; 1000 for pictures of different sizes. */
const difference = (one: string, other: string): string => `(async () => {${helpers}
  const [one, other] = await Promise.all([${JSON.stringify(one)}, ${JSON.stringify(other)}].map(decode));
  if (one.width !== other.width || one.height !== other.height) return 1000;
  const [width, height] = [Math.ceil(one.width / ${square}), Math.ceil(one.height / ${square})];
  const [left, right] = [drawn(one, width, height).pixels(), drawn(other, width, height).pixels()];
  let count = 0;
  for (let at = 0; at < left.length; at += 4)
    if ([0, 1, 2].some((channel) => Math.abs(left[at + channel] - right[at + channel]) > ${tolerance.mean})) count += 1;
  return (1000 * count) / (width * height);
})()`;

/**
 * Compares a page with its picture. `UPDATE_PICTURES=1` stores it instead.
 *
 * @param blank a page without a policy
 * @returns what is wrong with it; undefined: nothing
 */
export async function compare(page: Page, name: string, blank: Page): Promise<string | undefined> {
  await photograph(page, name);
  const file = join(folder, `${name}.webp`);
  const screenshot = dataUrl('image/png', await page.screenshot({ animations: 'disabled', caret: 'hide' }));
  if (process.env['UPDATE_PICTURES'] !== undefined) {
    const encoded = await blank.evaluate<string>(encode(screenshot));
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, Buffer.from(encoded.split(',')[1] ?? '', 'base64'));
  }
  const stored = dataUrl('image/webp', readFileSync(file));
  const found = await blank.evaluate<number>(difference(stored, screenshot));
  return found > tolerance.squares ? `${name}: ${found.toFixed(1)} of 1,000 squares differ` : undefined;
}
