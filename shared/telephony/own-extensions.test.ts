import { describe, expect, test } from 'vitest';
import { assertNoEmergencyExtensions } from './own-extensions.ts';

const judge =
  (extension: string | null, country: string, before: string | null = null, strip: string[] = []) =>
  () =>
    assertNoEmergencyExtensions({ extension: before }, { extension }, { country, numbers: { strip } });

describe('an extension', () => {
  test.each([
    ['911', 'US'],
    ['112', 'US'],
    ['110', 'DE'],
    ['999', 'GB'],
  ])('%s is rejected in %s, where it is an emergency number', (extension, country) => {
    expect(judge(extension, country)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
  });

  test('that becomes one behind the access code of the organization is rejected', () => {
    expect(judge('0112', 'DE', null, ['0'])).toThrow('is an emergency number');
  });

  test.each([
    ['110', 'US'],
    ['999', 'US'],
    ['9110', 'US'],
    [null, 'US'],
  ])('%s is accepted in %s', (extension, country) => {
    expect(judge(extension, country)).not.toThrow();
  });

  test('from before stays', () => {
    expect(judge('911', 'US', '911')).not.toThrow();
    expect(judge('911', 'US', '912')).toThrow('is an emergency number');
  });
});
