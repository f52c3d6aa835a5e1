import { expect, test } from 'vitest';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { addressOf } from '#sip/values.fixture.ts';
import { AlgorithmOffers, clientOf } from './algorithm-offers.ts';

function newTestOffers() {
  const clock = { now: 1_000_000 };
  return { clock, offers: new AlgorithmOffers(() => clock.now) };
}

const both = ['SHA-256', 'MD5'];

test('a phone that does not authenticate with SHA-256 is offered MD5 only, for an hour', () => {
  const { offers, clock } = newTestOffers();
  expect([offers.offerTo('phone'), offers.offerTo('phone'), offers.offerTo('other')]).toEqual([both, ['MD5'], both]);
  clock.now += 3_599_999;
  expect(offers.offerTo('phone')).toEqual(['MD5']);
  clock.now += 1;
  expect(offers.offerTo('phone')).toEqual(both);
});

test('a phone that authenticates with MD5 is offered both again after a day', () => {
  const { offers, clock } = newTestOffers();
  offers.offerTo('phone');
  for (let hours = 0; hours < 24; hours += 1) {
    expect(offers.offerTo('phone')).toEqual(['MD5']);
    offers.recordSuccess('phone', 'MD5');
    clock.now += 3_600_000;
  }
  expect(offers.offerTo('phone')).toEqual(both);
});

test('a phone that has authenticated with SHA-256 is always offered both, whatever is asked in its name', () => {
  const { offers } = newTestOffers();
  offers.offerTo('phone');
  offers.recordSuccess('phone', 'SHA-256');
  const offered = Array.from({ length: 5 }, () => offers.offerTo('phone'));
  expect(offered).toEqual(offered.map(() => both));
  offers.recordSuccess('phone', 'MD5');
  expect(offers.offerTo('phone')).toEqual(both);
});

test('a client is identified by its address, user name and User-Agent', () => {
  const headers = Headers.none.append(header.userAgent, 'Phone/1');
  const [alice, bob] = [addressOf('<sip:%61lice@example.com>'), addressOf('<sip:bob@example.com>')];
  const register = { method: 'REGISTER', from: bob, to: alice, headers };
  expect([
    clientOf(register, '192.0.2.1'),
    clientOf({ ...register, to: addressOf('<tel:+1>'), headers: Headers.none }, '192.0.2.1'),
    clientOf({ ...register, method: 'INVITE' }, '192.0.2.1'),
  ]).toEqual(['192.0.2.1 alice Phone/1', '192.0.2.1  ', '192.0.2.1 bob Phone/1']);
});
