import { expect, test } from 'vitest';
import { DialedString, parseSwitchRequest, SwitchRequest } from './switch-request.ts';

const parse = (form: object) => parseSwitchRequest(SwitchRequest.parse(form));
const rejection = (code: string): unknown =>
  expect.objectContaining({
    code,
    details: [expect.objectContaining({ path: 'Caller-Destination-Number' })],
  });

test('a request has the call and the organization that the context names', () => {
  expect(
    parse({
      section: 'dialplan',
      'Caller-Destination-Number': '18005550100',
      'Caller-Caller-ID-Number': '+14155550100',
      'Caller-Context': 'org_1001',
      variable_trunkline_user_id: 'usr_1',
      variable_sip_from_user: 'alice',
    }),
  ).toEqual({
    called: '18005550100',
    caller: '+14155550100',
    userId: 'usr_1',
    context: 'org_1001',
    organization: 1001,
  });
});

test('a request for another section has no call', () => {
  expect(parse({ section: 'directory', 'Caller-Destination-Number': '1' })).toBeNull();
});

test('a transfer is decided by its own number and context', () => {
  expect(
    parse({
      'Caller-Destination-Number': '1',
      'Caller-Context': 'org_1001',
      'Hunt-Destination-Number': '2',
      'Hunt-Context': 'org_1002',
    }),
  ).toMatchObject({ called: '2', context: 'org_1002', organization: 1002 });
});

test('a hidden number is withheld, and an empty variable is unset', () => {
  const form = { 'Caller-Destination-Number': '1', 'Caller-Caller-ID-Number': '2', variable_trunkline_user_id: '' };
  expect(parse(form)).toMatchObject({ caller: '2', userId: undefined });
  expect(parse({ ...form, 'Caller-Privacy-Hide-Number': 'true' })).toMatchObject({ caller: undefined });
});

test.each(['public', 'org_999', 'org_0999', 'org_1001x', 'ORG_1001'])(
  'the context %s names no organization',
  (context) => {
    expect(parse({ 'Caller-Destination-Number': '1', 'Caller-Context': context })?.organization).toBeNull();
  },
);

test('a request without a dialed string, or with one that cannot be dialed, is rejected', () => {
  expect(() => parse({})).toThrow(rejection('MISSING_FIELD'));
  expect(() => parse({ 'Caller-Destination-Number': 'a b' })).toThrow(rejection('INVALID_PARAMETER'));
});

const isAccepted = (text: string): boolean => DialedString.safeParse(text).success;

test.each(['1', '*97', '#31#+14155550100', 'alice.smith_2@sip-1.example.com', '5'.repeat(64)])(
  '%s can be dialed',
  (text) => {
    expect(isAccepted(text)).toBe(true);
  },
);

test.each(['', ' ', '1 2', '1,2', 'sip:alice', 'ü', '1\n2', '5'.repeat(65), '+46701234567+46762723477'])(
  '%j cannot be dialed',
  (text) => {
    expect(isAccepted(text)).toBe(false);
  },
);

test('the first character that cannot be dialed is named', () => {
  const reasonFor = (text: string) => DialedString.safeParse(text).error?.issues[0]?.message;
  expect(['ann\u2011b', '1 2', '1'.repeat(65)].map((text) => reasonFor(text)?.split('; ')[1])).toEqual([
    ...['has U+2011 at 4', 'has U+0020 at 2', undefined],
  ]);
});

test('a number is dialed as people write it', () => {
  const written = ['+1 202-555-0142', '+44 (0)20 7946 0018', '+1\u2011202\u2011555\u20110142'];
  expect(written.map((text) => DialedString.parse(text))).toEqual(['+12025550142', '+442079460018', '+12025550142']);
});

test('spaces around a dialed string are removed', () => {
  expect(DialedString.parse(' 911 ')).toBe('911');
});
