import { expect, test } from 'vitest';
import { header } from '#sip/header-kinds.ts';
import type { ResponseParts } from '#sip/build.ts';
import { okResponse, rejectionResponse } from './responses.ts';

const at = new Date('2026-11-20T10:00:00.000Z');
const contactsOf = ({ headers }: ResponseParts): string[] =>
  [...(headers ?? [])].map(({ name, value }) => `${name}: ${value}`);

test('a 200 lists every binding with its remaining seconds, never below zero', () => {
  const response = okResponse(
    [
      { contact: 'sip:a@192.0.2.1', expires_at: '2026-11-20T10:00:59.600Z', q: 1 },
      { contact: 'sip:a@192.0.2.2', expires_at: '2026-11-20T09:59:00.000Z', q: 1 },
    ],
    at,
  );
  expect([response.status, contactsOf(response)]).toEqual([
    200,
    ['Contact: <sip:a@192.0.2.1>;expires=60', 'Contact: <sip:a@192.0.2.2>;expires=0'],
  ]);
});

test('q, instance and flow of a contact come back', () => {
  const contact = { contact: 'sip:a@192.0.2.1', expires_at: '2026-11-20T10:01:00.000Z', q: 0.5 };
  const instance = '<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>';
  expect(
    contactsOf(
      okResponse(
        [
          { ...contact, instance, reg_id: 2 },
          { ...contact, instance },
        ],
        at,
      ),
    ),
  ).toEqual([
    `Contact: <sip:a@192.0.2.1>;expires=60;q=0.5;+sip.instance="${instance}";reg-id=2`,
    `Contact: <sip:a@192.0.2.1>;expires=60;q=0.5;+sip.instance="${instance}"`,
  ]);
});

test('a 423 has the minimum interval, other rejections do not', () => {
  const [tooBrief, outOfOrder] = [423, 500].map((status) => rejectionResponse({ status, reason: 'x' }));
  expect([tooBrief?.headers?.one(header.minExpires), outOfOrder]).toEqual([60, { status: 500, reason: 'x' }]);
});
