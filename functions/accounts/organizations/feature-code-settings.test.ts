import { expect, test } from 'vitest';
import { FeatureCodes } from '#telephony/feature-codes.ts';
import {
  assertDistinctCodes,
  assertNoEmergencyCodes,
  assertNoEmergencyOperator,
  wantedCodes,
  warningsOfCodes,
} from './feature-code-settings.ts';

test('two features do not have one code', () => {
  const save = (codes: object) => () => assertDistinctCodes({ settings: { feature_codes: FeatureCodes.parse(codes) } });
  expect(save({ echo_test: '*65' })).toThrow('is the code of echo_test');
  expect(save({ echo_test: '*65', own_number: null })).not.toThrow();
  expect(() => assertDistinctCodes({ settings: {} })).not.toThrow();
});

test.each(['911', '112', '00112', '011911'])('no feature has the emergency number %s as its code', (code) => {
  const save = (country: string, own_number: string) => () =>
    assertNoEmergencyCodes({ settings: { feature_codes: { own_number, echo_test: null } } }, { country });
  expect(save('SE', code)).toThrow('is an emergency number');
  expect(save('SE', '999')).not.toThrow();
  expect(save('GB', '999')).toThrow('is an emergency number');
});

test.each(['911', '+1911', '00112', '9011911'])('the operator is not the emergency number %s', (operator) => {
  const origin = { country: 'SE', numbers: { strip: ['9'] } };
  expect(() => assertNoEmergencyOperator({ settings: { operator } }, origin)).toThrow('is an emergency number');
});

test.each(['201', '+46890510', null])('the operator may be %s', (operator) => {
  expect(() => assertNoEmergencyOperator({ settings: { operator } }, { country: 'SE' })).not.toThrow();
});

test('a code that is an extension is warned of', () => {
  const codes = wantedCodes({
    settings: { feature_codes: FeatureCodes.parse({ own_number: '300', echo_test: null }) },
  });
  expect(codes).toEqual(['300']);
  expect(warningsOfCodes(codes, ['300'])).toEqual(['Phones cannot call the extension 300, as it is a feature code']);
  expect(warningsOfCodes(['*77'], ['300'])).toEqual([]);
});
