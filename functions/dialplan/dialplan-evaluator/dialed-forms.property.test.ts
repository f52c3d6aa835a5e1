import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '#sip/fault.ts';
import { parseUri } from '#sip/uri.ts';
import { isBrokenNumber, readNumber } from '#telephony/dialed-number.ts';
import { dialable } from '#telephony/dialed-string.ts';
import { dialedIn } from '../../sip-sidecar/calls/routing/dialed.ts';
import { assertWholeNumber, DialedString } from './switch-request.ts';

/** What the SIP service and `POST /dialplan/evaluate` dial, of user parts and `tel:` URIs as peers write them. */

const runs = Number(process.env['DIALED_FORMS'] ?? 1_000);

const origins = [
  { country: 'FR' },
  { country: 'SE', numbers: { strip: ['9'] } },
  { country: 'US', numbers: { strip: ['9'], international_prefixes: ['011'] } },
  { country: 'DE', numbers: { e164_without_plus: false } },
];

/** Numbers of these countries, extensions, emergency numbers, codes, and names. */
const digits = fc.oneof(
  fc.constantFrom('33970000001', '0970000001', '0701234567', '46701234567', '2125550100', '12125550100', '03012345678'),
  fc.constantFrom('112', '911', '202', '1001', '0033970000001', '01133970000001', '90701234567', '912125550100'),
  fc.constantFrom('*21*0970000001#', '*97', '#31#0701234567', 'ann', 'ann-2.b', 'anonymous', ''),
  fc.stringMatching(/^[0-9]{1,15}$/),
);
const plus = fc.constantFrom('', '', '+', '%2B', '%2b', '++');
const separated = digits.chain((text) =>
  fc
    .array(fc.constantFrom('', '', '', '-', '.', '(', ')'), { maxLength: text.length })
    .map((separators) => Array.from(text, (each, at) => `${at === 0 ? '' : (separators[at] ?? '')}${each}`).join('')),
);
/** Of which no part is a number, and which is not cut off. */
const rest = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('%23', '%2312', '#12', '*1', 'x12', 'ext12', 'abc', '%20', '%2012', '+46', '%3B'),
  },
);
const parameter = fc.constantFrom(
  ...['npdi', 'rn=+33600000001', 'rn=600000001', 'rn-context=+33', 'isub=12', 'ext=4', 'cic=+1-6789', 'x'],
  ...[
    'tgrp=sales',
    'trunk-context=pbx.example.com',
    'phone-context=+33',
    'phone-context=%2B46',
    'phone-context=+1-212',
  ],
  ...['phone-context=pbx.example.com', 'Phone-Context=+49', 'phone-context=+999'],
);
const parameters = fc.array(parameter, { maxLength: 3 }).map((all) => all.map((each) => `;${each}`).join(''));
const user = fc.tuple(plus, separated, rest, parameters).map((parts) => parts.join(''));

/** Of the SIP service: what it dials, with its number, or that it rejects it; undefined: the URI is malformed. */
function dialedBySip(text: string, origin: (typeof origins)[number]): string | undefined {
  const uri = parseUri(text);
  if (uri instanceof Fault) return undefined;
  const dialed = dialedIn(uri);
  if (isBrokenNumber(dialed, origin) || !dialable.test(dialed)) return 'rejected';
  return `${dialed} ${readNumber(dialed, origin)}`;
}

/** The same of the API. */
function dialedByApi(text: string, origin: (typeof origins)[number]): string {
  const read = DialedString.safeParse(text);
  if (!read.success) return 'rejected';
  try {
    assertWholeNumber(read.data, origin, 'called');
  } catch {
    return 'rejected';
  }
  return `${read.data} ${readNumber(read.data, origin)}`;
}

test('SIP and the API dial the same number, or reject it both', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.boolean(), user, fc.constantFrom(...origins), (isTel, text, origin) => {
      const uri = isTel ? `tel:${text}` : `sip:${text}@pbx.example.com;user=phone`;
      const sip = dialedBySip(uri, origin);
      if (sip === undefined) return;
      seen.add(sip === 'rejected' ? 'rejected' : sip.endsWith(' null') ? 'text' : 'number');
      expect([uri, dialedByApi(uri, origin)]).toEqual([uri, sip]);
      if (!isTel) expect([text, dialedByApi(text, origin)]).toEqual([text, sip]);
    }),
    { numRuns: runs },
  );
  expect([...seen].toSorted()).toEqual(['number', 'rejected', 'text']);
});

test('what is dialed as a number has nothing behind its digits', () => {
  fc.assert(
    fc.property(user, fc.constantFrom(...origins), (text, origin) => {
      const [dialed = '', number] = (dialedBySip(`sip:${text}@x`, origin) ?? '').split(' ');
      if (number !== undefined && number !== 'null') expect(dialed).toMatch(/^\+?[0-9]+$/);
    }),
    { numRuns: runs },
  );
});
