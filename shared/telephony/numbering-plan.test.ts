import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nationalForm, PresentedPlan, presentPlan } from './numbering-plan.ts';

describe('the numbering plan of a call', () => {
  test('is that of the country of its number', () => {
    expect(presentPlan('+46890510', 'US')).toEqual({
      key: 'SE',
      name: 'Sweden',
      globalPrefix: '00',
      localPrefix: '0',
      cc: '46',
    });
  });

  test.each([
    ['a party without a number', null],
    ['a number of no country', '+88213123456'],
  ])('is that of the organization for %s', (_, number) => {
    expect(presentPlan(number, 'US')).toMatchObject({ key: 'US', globalPrefix: '011', localPrefix: '1', cc: '1' });
  });

  test.each([
    ['AU', '0011'],
    ['BR', '00'],
    ['RU', '810'],
  ])('has the international prefix that %s recommends', (country, prefix) => {
    expect(presentPlan(null, country).globalPrefix).toBe(prefix);
  });

  test('has no calling code for a country without telephone numbers', () => {
    expect(presentPlan(null, 'AQ')).toMatchObject({ key: 'AQ', cc: '', localPrefix: '' });
  });
});

describe('the national form of a number', () => {
  test.each([
    ['+4610100555', '010100555'],
    ['+46890510', '0890510'],
    ['+14155550100', '4155550100'],
    ['+390612345678', '0612345678'],
    ['+442079460000', '02079460000'],
    ['+88213123456', '+88213123456'],
  ])('of %s is %s', (number, national) => {
    expect(nationalForm(number)).toBe(national);
  });

  test('exists for every number, with its plan', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+[1-9][0-9]{1,14}$/), (number) => {
        PresentedPlan.parse(presentPlan(number, 'US'));
        return /^\+?\d+$/.test(nationalForm(number));
      }),
    );
  });
});
