import { expect, test } from 'vitest';
import { header } from '../../../shared/sip/header-kinds.ts';
import { Headers } from '../../../shared/sip/headers.ts';
import { addressOf } from '../../../shared/sip/values.fixture.ts';
import { AlgorithmOffers, clientOf } from './algorithm-offers.ts';

function newTestOffers() {
  const clock = { now: 1_000_000 };
  return { clock, offers: new AlgorithmOffers(() => clock.now) };
}

test('a phone that does not authenticate with SHA-256 is offered MD5 only', () => {
  const { offers } = newTestOffers();
  expect([offers.offerTo('phone'), offers.offerTo('phone'), offers.offerTo('other')]).toEqual([
    ['SHA-256', 'MD5'],
    ['MD5'],
    ['SHA-256', 'MD5'],
  ]);
});

test('a phone that authenticates with SHA-256 is offered both again, one with MD5 is not', () => {
  const { offers } = newTestOffers();
  offers.offerTo('phone');
  offers.recordSuccess('phone', 'MD5');
  expect(offers.offerTo('phone')).toEqual(['MD5']);
  offers.recordSuccess('phone', 'SHA-256');
  expect(offers.offerTo('phone')).toEqual(['SHA-256', 'MD5']);
});

test('what was offered is forgotten after an hour', () => {
  const { offers, clock } = newTestOffers();
  offers.offerTo('phone');
  clock.now += 3_600_000;
  expect(offers.offerTo('phone')).toEqual(['SHA-256', 'MD5']);
});

test('a client is identified by its user name and User-Agent', () => {
  const headers = Headers.none.append(header.userAgent, 'Phone/1');
  const to = addressOf('<sip:%61lice@example.com>');
  expect([clientOf({ to, headers }), clientOf({ to: addressOf('<tel:+1>'), headers: Headers.none })]).toEqual([
    'alice Phone/1',
    ' ',
  ]);
});
