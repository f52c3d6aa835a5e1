import { describe, expect, test } from 'vitest';
import { assertBrandHost, assertBranding, assertImages, wantedBranding, wantedImages } from './branding-settings.ts';

test('a request sets the branding, or has none', () => {
  expect(wantedBranding({ settings: { branding: { name: 'Voice' } } })).toEqual({ name: 'Voice' });
  for (const none of [{}, { settings: {} }, { settings: null }, { settings: { branding: null } }])
    expect(wantedBranding(none)).toBeUndefined();
});

describe('the branding', () => {
  test('is for resellers', () => {
    expect(() => assertBranding({ name: 'Voice' }, 'reseller')).not.toThrow();
    for (const type of ['customer', 'operator']) expect(() => assertBranding({}, type)).toThrow('is for resellers');
  });

  test('has colours that can be read in both themes; the error says the ratio', () => {
    expect(() => assertBranding({ accent: '#767676', accent_dark: '#909090' }, 'reseller')).not.toThrow();
    expect(() => assertBranding({ accent: '#777777' }, 'reseller')).toThrow('has a contrast of 4.47 on #ffffff');
    expect(() => assertBranding({ accent_dark: '#767676' }, 'reseller')).toThrow('has a contrast of 3.41 on #242424');
    expect(() => assertBranding({ accent: null, accent_dark: null }, 'reseller')).not.toThrow();
  });

  test('has a host that is an active domain of the reseller', () => {
    expect(() => assertBrandHost('phone.example', 1001, 1001)).not.toThrow();
    for (const owner of [1002, undefined])
      expect(() => assertBrandHost('phone.example', owner, 1001)).toThrow('must be an active domain');
  });

  test('has images that are PNG or JPEG, ready and small', () => {
    const content = { content_type: 'image/png', size: 262_144 };
    const png = { kind: 'attachment', content };
    const wanted = wantedImages({ logo: 'file_1', icon: 'file_2', name: 'Voice' });
    expect(wanted).toEqual([
      { field: 'logo', file: 'file_1' },
      { field: 'icon', file: 'file_2' },
    ]);
    expect(wantedImages({ logo: null })).toEqual([]);
    expect(() =>
      assertImages(wanted, [png, { ...png, content: { ...content, content_type: 'image/jpeg' } }]),
    ).not.toThrow();
    for (const other of [
      undefined,
      { ...png, kind: 'sound' },
      { ...png, content: null },
      { ...png, content: { ...content, content_type: 'image/svg+xml' } },
      { ...png, content: { ...content, size: 262_145 } },
    ])
      expect(() => assertImages(wanted, [png, other])).toThrow(
        expect.objectContaining({ details: [expect.objectContaining({ path: 'settings.branding.icon' })] }) as Error,
      );
  });
});
