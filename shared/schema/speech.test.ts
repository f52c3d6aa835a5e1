import { expect, test } from 'vitest';
import { spokenLanguages, voiceOf } from './speech.ts';

test.each([
  ['de', 'Vicki', 'de'],
  ['de-AT', 'Vicki', 'de'],
  ['en', 'Joanna', 'en-us'],
  ['EN-gb', 'Amy', 'en-gb'],
  ['en-AU', 'Joanna', 'en-us'],
  ['pt', 'Ines', 'pt'],
  ['pt-BR', 'Camila', 'pt-br'],
  ['es', 'Lucia', 'es'],
])('%s is said by %s, and by the voice %s of eSpeak NG', (language, polly, espeak) => {
  expect(voiceOf(language)).toMatchObject({ polly, espeak });
});

test.each(['', 'xx', 'tlh', '--stdin', 'e'])('%j cannot be said', (language) => {
  expect(voiceOf(language)).toBeUndefined();
});

test('each listed language has a voice', () => {
  expect(spokenLanguages).toContain('sv');
  for (const language of spokenLanguages) expect(voiceOf(language)?.language).toMatch(new RegExp(`^${language}-`, 'v'));
});
