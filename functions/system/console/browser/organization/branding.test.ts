import { expect, test } from 'vitest';
import { platformLook } from '#schema/console-look.ts';
import { changesOf, contrastOn, draftOf, previewOf } from './branding.ts';

const before = draftOf({ name: 'Voice', accent: '#862e9c', logo: 'file_1' });

test('only what was changed is sent, and null removes what is no longer set', () => {
  expect(changesOf(before, before)).toEqual({});
  expect(changesOf({ ...before, name: ' Voice ', support_url: ' https://help.example ' }, before)).toEqual({
    support_url: 'https://help.example',
  });
  expect(changesOf({ ...before, logo: '', accent: '#0b7285' }, before)).toEqual({ logo: null, accent: '#0b7285' });
});

test('a contrast is never said to be more than it is', () => {
  expect(contrastOn('light', '#767676')).toEqual({ ratio: 4.5, isEnough: true });
  expect(contrastOn('light', '#777777')).toEqual({ ratio: 4.4, isEnough: false });
  expect(contrastOn('dark', '#777777')).toEqual({ ratio: 3.4, isEnough: false });
  expect(contrastOn('light', '#77')).toBeUndefined();
});

test('the preview has what is set, made lighter in the dark theme, and the platform for the rest', () => {
  expect(previewOf(draftOf({}))).toEqual({
    name: 'Trunkline',
    text: '',
    accents: { accent: platformLook.accent, accent_dark: platformLook.accent_dark },
  });
  const { name, accents } = previewOf({ ...before, accent_dark: '#12' });
  expect([name, accents.accent]).toEqual(['Voice', '#862e9c']);
  expect(contrastOn('dark', accents.accent_dark)).toMatchObject({ isEnough: true });
});
