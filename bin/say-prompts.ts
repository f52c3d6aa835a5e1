import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { announcementLanguages, type AnnouncementLanguage } from '#schema/recording-notice.ts';
import { soundRate } from '#schema/sound.ts';
import * as z from 'zod';
import { musicSamples } from '#prompts/music.ts';
import { promptTexts } from '#prompts/texts.ts';
import { argumentsOf, command } from './command-line/command.ts';

/**
 * `npm run say-prompts`: says the texts of the prompts that changed, with espeak-ng and sox, as ADPCM of 4 bits
 * (`shared/sounds/adpcm.ts`), one file each in `functions/media-relay/assets/prompts/<language>/`, and writes their
 * durations for the sidecar; it writes the music, too. The output is the same for the same versions of both. `--all`
 * says all again.
 */

/** Voices of espeak-ng, and words a minute. */
const voices: Readonly<Record<AnnouncementLanguage, string>> = {
  ...({ de: 'de', en: 'en-us', es: 'es', fr: 'fr-fr', it: 'it', nl: 'nl', pt: 'pt', sv: 'sv' } as const),
};
const pace = 175;
/** Seconds of silence after each, so that words do not run into one another. */
const pause = 0.04;

/** Speech as the network carries it: no rumble, trimmed, and at one level. */
const sayScript = `espeak-ng -v "$1" -s ${pace} -p 45 --stdin --stdout | \
  sox -D -V1 -t wav - -r ${soundRate} -c 1 -t ima "$2" \
  gain -6 highpass 200 silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse norm -3 gain -l 5 pad 0 ${pause}`;

const project = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const folder = project('functions/media-relay/assets/prompts');
/** How each prompt was said, by `<language>/<name>`: a hash of its text and voice. */
const saidFile = project('shared/prompts/said.json');
const musicFile = project('functions/media-relay/assets/music.ima');
const timesFile = project('functions/sip-sidecar/media/prompt-times.ts');

type Prompt = { readonly key: string; readonly file: string; readonly voice: string; readonly text: string };

const prompts = announcementLanguages.flatMap((language) =>
  [...promptTexts(language)].map(([name, text]): Prompt => {
    const key = `${language}/${name}`;
    return { key, file: `${folder}/${key}.ima`, voice: voices[language], text };
  }),
);

const hashOf = ({ voice, text }: Prompt): string =>
  createHash('sha256').update(`${voice}\n${text}\n${sayScript}`).digest('hex').slice(0, 12);

const isString = (value: unknown): value is string => typeof value === 'string';

/** How they were said last; empty: never. */
function saidBefore(): ReadonlyMap<string, string> {
  try {
    const stored: unknown = JSON.parse(readFileSync(saidFile, 'utf8'));
    const entries = typeof stored === 'object' && stored !== null ? Object.entries(stored) : [];
    return new Map(entries.flatMap(([key, hash]: [string, unknown]) => (isString(hash) ? [[key, hash]] : [])));
  } catch {
    return new Map();
  }
}

function sizeOf(file: string): number | undefined {
  try {
    return readFileSync(file).length;
  } catch {
    return undefined;
  }
}

async function say({ file, voice, text }: Prompt): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  await new Promise<void>((resolve, reject) => {
    const shell = execFile('bash', ['-o', 'pipefail', '-c', sayScript, 'say', voice, file], (error) => {
      if (error === null) resolve();
      else reject(new Error(`espeak-ng or sox fails for ${file}`, { cause: error }));
    });
    shell.stdin?.end(text);
  });
}

async function sayChanged(changed: readonly Prompt[]): Promise<void> {
  const waiting = [...changed];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await say(next);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

/** Deletes what no text names any more. */
function forget(before: ReadonlyMap<string, string>): void {
  const keys = new Set(prompts.map(({ key }) => key));
  for (const key of before.keys()) if (!keys.has(key)) rmSync(`${folder}/${key}.ima`, { force: true });
}

/** One line for each name, so that changes of several branches merge. */
function renderTimes(): string {
  const times = new Map(
    prompts.map(({ key, file }) => [key, Math.round(((sizeOf(file) ?? 0) * 2_000) / soundRate)] as const),
  );
  const names = [...new Set(prompts.map(({ key }) => key.slice(key.indexOf('/') + 1)))].toSorted();
  const lines = names.map((name) => {
    const line = announcementLanguages.map((language) => times.get(`${language}/${name}`) ?? 0).join(', ');
    return `  ${/^\w+$/.test(name) ? name : `'${name}'`}: [${line}],\n`;
  });
  return `/** Written by \`bin/say-prompts.ts\`: milliseconds in each language of announcements. */
export const promptTimes: Readonly<Record<string, readonly number[]>> = {
${lines.join('')}};
`;
}

/** The music of parties on hold. */
async function writeMusic(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const form = ['-t', 'raw', '-r', String(soundRate), '-c', '1', '-b', '16', '-e', 'signed-integer'];
    const sox = execFile('sox', ['-D', ...form, '-', '-t', 'ima', musicFile], (error) => {
      if (error === null) resolve();
      else reject(new Error('sox does not write the music', { cause: error }));
    });
    sox.stdin?.end(Buffer.from(musicSamples().buffer));
  });
}

export const tool = command({
  name: 'say-prompts',
  purpose: 'Says the prompts whose texts changed, with espeak-ng and sox, and writes the music of parties on hold.',
  options: { all: z.boolean().default(false).describe('says all prompts again') },
});

if (import.meta.main) {
  const { all } = argumentsOf(tool);
  const before = saidBefore();
  const isSaid = (prompt: Prompt): boolean =>
    before.get(prompt.key) === hashOf(prompt) && sizeOf(prompt.file) !== undefined && !all;
  const changed = prompts.filter((prompt) => !isSaid(prompt));
  await sayChanged(changed);
  await writeMusic();
  forget(before);
  const said = prompts.map((prompt) => [prompt.key, hashOf(prompt)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(saidFile, `${JSON.stringify(Object.fromEntries(said), null, 2)}\n`);
  writeFileSync(timesFile, renderTimes());
  const bytes = prompts.reduce((sum, { file }) => sum + (sizeOf(file) ?? 0), 0);
  console.log(`said ${changed.length} of ${prompts.length} prompts; ${Math.round(bytes / 1_000)} kB in all`);
}
