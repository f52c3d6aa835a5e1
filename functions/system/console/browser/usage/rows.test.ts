import { expect, test } from 'vitest';
import { csvOf, keyText, rowsIn, totalOf } from './rows.ts';

const answered = { calls: 12, answered: 9, talk_seconds: 1_403, billed_seconds: 1_440 };
const row = {
  day: '2026-11-27',
  start: null,
  key: 'inbound',
  ...answered,
  charges: [{ currency: 'EUR', amount: '0.3600' }],
};
const rows = rowsIn({ data: { rows: [row, { ...row, key: null, charges: [] }] } });

test('totals are the sums of the rows, by currency', () => {
  expect(
    totalOf([...rows, ...rowsIn({ data: { rows: [{ ...row, charges: [{ currency: 'USD', amount: '1' }] }] } })]),
  ).toEqual({
    ...{ calls: 36, answered: 27, talkSeconds: 4_209, billedSeconds: 4_320 },
    charges: [
      { currency: 'EUR', amount: '0.3600' },
      { currency: 'USD', amount: '1.0000' },
    ],
  });
  expect([rowsIn({}), totalOf([]).charges]).toEqual([[], []]);
});

test('what rows are grouped by is said in words', () => {
  const listed = {
    names: new Map([
      ['gw_1', 'Berlin'],
      ['usr_1', 'Ann (201)'],
    ]),
    isWhole: true,
  };
  const text = (group: Parameters<typeof keyText>[0], key: string | null): string => keyText(group, key, listed);
  expect([
    ...[text('direction', 'inbound'), text('result', 'NO ANSWER'), text('user', 'usr_1'), text('user', 'usr_9')],
    ...[text('destination', 'DE'), text('gateway', 'gw_1'), text('customer', 'org_7'), text('user', null)],
    ...[text('gateway', 'other'), text('cause', 'sip/486'), text('cause', 'q850/1'), text('cause', 'sip/487')],
  ]).toEqual([
    ...['Incoming', 'No answer', 'Ann (201)', 'A user who was deleted', 'Germany', 'Berlin', 'org_7'],
    ...['None of these', 'All others', 'The line was busy (SIP 486)', 'No one has this number (Q.850 1)', 'SIP 487'],
  ]);
  // Beyond the names that were read there may be others.
  expect(keyText('user', 'usr_9', { ...listed, isWhole: false })).toBe('usr_9');
});

test('a file has a line for each row, and no formula', () => {
  expect(csvOf(rows, ({ key }) => (key === null ? '=1+1' : 'a "b", c'))).toBe(
    'time,group,calls,answered,talk_seconds,charged_seconds,EUR\r\n' +
      '2026-11-27,"a ""b"", c",12,9,1403,1440,0.3600\r\n' +
      "2026-11-27,'=1+1,12,9,1403,1440,0\r\n",
  );
});
