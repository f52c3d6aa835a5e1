import { expect, test } from 'vitest';
import { contrast } from '#schema/colour.ts';
import { brandedAt, brandOf, isBrandImage } from './brand.ts';

const reseller = {
  org_id: 1001,
  type: 'reseller',
  status: 'active',
  settings: {
    branding: {
      host: 'phone.example',
      name: 'Voice',
      accent: '#862e9c',
      logo: 'file_1',
      support_url: 'https://help.example',
      sign_in_text: 'Welcome',
    },
  },
} as const;
const platform = brandOf(undefined);

test('the platform has a name and readable colours, and nothing else', () => {
  expect(platform).toEqual({
    name: 'Trunkline',
    accent: '#0b7285',
    accent_dark: '#3bc9db',
    logo_url: null,
    icon_url: null,
    support_url: null,
    sign_in_text: null,
  });
  expect(contrast(platform.accent, '#ffffff')).toBeGreaterThanOrEqual(4.5);
  expect(contrast(platform.accent_dark, '#242424')).toBeGreaterThanOrEqual(4.5);
});

test('a reseller has its own values, and those of the platform for the others', () => {
  expect(brandOf(reseller)).toMatchObject({
    name: 'Voice',
    accent: '#862e9c',
    logo_url: '/branding/images/org_1001/file_1',
    icon_url: null,
    support_url: 'https://help.example',
    sign_in_text: 'Welcome',
  });
  expect(contrast(brandOf(reseller).accent_dark, '#242424')).toBeGreaterThanOrEqual(4.5);
  expect(brandOf({ ...reseller, settings: { branding: { accent_dark: '#74c0fc' } } })).toEqual({
    ...platform,
    accent_dark: '#74c0fc',
  });
});

test.each([
  ['suspended', { status: 'suspended' as const }],
  ['closed', { status: 'closed' as const }],
  ['no reseller', { type: 'customer' as const }],
])('an organization that is %s shows no brand and no image', (_, more) => {
  const other = { ...reseller, ...more };
  expect(brandOf(other)).toEqual(platform);
  expect(brandedAt('phone.example', other)).toBeUndefined();
  expect(isBrandImage(other, 'file_1')).toBe(false);
});

test('a brand is shown at its host only', () => {
  expect(brandedAt('phone.example', reseller)).toBe(reseller);
  expect(brandedAt('other.example', reseller)).toBeUndefined();
  expect(brandedAt('phone.example', undefined)).toBeUndefined();
});

test('only the logo and the icon are images of a brand', () => {
  expect(isBrandImage(reseller, 'file_1')).toBe(true);
  expect(isBrandImage(reseller, 'file_2')).toBe(false);
  expect(isBrandImage(undefined, 'file_1')).toBe(false);
});
