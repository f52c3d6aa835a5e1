import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '#sip/fault.ts';
import { parseUri } from '#sip/uri.ts';
import { isBrokenNumber, readNumber } from '#telephony/dialed-number.ts';
import { dialable } from '#telephony/dialed-string.ts';
import { readDialed } from '#telephony/dialed-user.ts';
import { runs } from '#test/support/property-runs.ts';
import { dialedIn } from '../../sip-sidecar/calls/routing/dialed.ts';
import { assertWholeNumber, DialedString } from './switch-request.ts';

/** What the SIP service and `POST /dialplan/evaluate` dial, of user parts and `tel:` URIs as peers write them. */

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

type Origin = (typeof origins)[number];

/** What is dialed, with its number, or SIP's reason why it is rejected. */
type Dialed = { readonly dialed: string } | { readonly rejected: 'INVALID_NUMBER_FORMAT' | 'NO_ROUTE' };

/** Of the SIP service, as `Routing.route` decides; undefined: the URI is malformed. */
function dialedBySip(text: string, origin: Origin): Dialed | undefined {
  const uri = parseUri(text);
  if (uri instanceof Fault) return undefined;
  const dialed = dialedIn(uri);
  if (isBrokenNumber(dialed, origin)) return { rejected: 'INVALID_NUMBER_FORMAT' };
  if (!dialable.test(dialed)) return { rejected: 'NO_ROUTE' };
  return { dialed: `${dialed} ${readNumber(dialed, origin)}` };
}

/** The same of the API. It has one code for both reasons: they differ in whether the text begins as a number. */
function dialedByApi(text: string, origin: Origin): Dialed {
  const read = DialedString.safeParse(text);
  if (!read.success) return { rejected: /^[0-9*#+]/.test(readDialed(text)) ? 'INVALID_NUMBER_FORMAT' : 'NO_ROUTE' };
  try {
    assertWholeNumber(read.data, origin, 'called');
  } catch {
    return { rejected: 'INVALID_NUMBER_FORMAT' };
  }
  return { dialed: `${read.data} ${readNumber(read.data, origin)}` };
}

function kindOf(read: Dialed): string {
  if ('rejected' in read) return read.rejected;
  return read.dialed.endsWith(' null') ? 'text' : 'number';
}

test('SIP and the API dial the same number, or reject it for the same reason', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.boolean(), user, fc.constantFrom(...origins), (isTel, text, origin) => {
      const uri = isTel ? `tel:${text}` : `sip:${text}@pbx.example.com;user=phone`;
      const sip = dialedBySip(uri, origin);
      if (sip === undefined) return;
      seen.add(kindOf(sip));
      expect([uri, dialedByApi(uri, origin)]).toEqual([uri, sip]);
      if (!isTel) expect([text, dialedByApi(text, origin)]).toEqual([text, sip]);
    }),
    { numRuns: runs(10_000) },
  );
  expect([...seen].toSorted()).toEqual(['INVALID_NUMBER_FORMAT', 'NO_ROUTE', 'number', 'text']);
});

test('what is dialed as a number has nothing behind its digits', () => {
  fc.assert(
    fc.property(user, fc.constantFrom(...origins), (text, origin) => {
      const read = dialedBySip(`sip:${text}@x`, origin);
      if (read === undefined || 'rejected' in read) return;
      const [dialed, number] = read.dialed.split(' ');
      if (number !== 'null') expect(dialed).toMatch(/^\+?[0-9]+$/);
    }),
    { numRuns: runs(10_000) },
  );
});
