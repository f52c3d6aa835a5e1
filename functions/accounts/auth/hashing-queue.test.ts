import { expect, test } from 'vitest';
import { rankIn, turnOf, type Ticket, type Tickets } from './hashing-queue.ts';

const ticketOf = (network: string, rank: number, is_hashing = false): Ticket => ({
  network,
  rank,
  until: 0,
  is_hashing,
});

/** The queue after attempts of these networks came in this order; a `*` has its hash. Their ids are `1`, `2`, … */
function queueOf(...networks: readonly string[]): Tickets {
  const tickets: Record<string, Ticket> = {};
  for (const [at, text] of networks.entries()) {
    const network = text.replace('*', '');
    tickets[String(at + 1)] = ticketOf(network, rankIn(tickets, network), text.endsWith('*'));
  }
  return tickets;
}

const maxWaiting = 8;
const limitsOf = (atOnce: number) => ({ atOnce, ofNetwork: 1, waiting: maxWaiting });

const turns = (tickets: Tickets, atOnce: number): readonly string[] =>
  Object.entries(tickets)
    .filter(([, ticket]) => !ticket.is_hashing)
    .map(([id]) => turnOf(tickets, id, limitsOf(atOnce)));

test('attempts have their hashes in the order in which they came, a few at once', () => {
  expect(turns(queueOf('a', 'b', 'c'), 2)).toEqual(['hash', 'hash', 'wait']);
  expect(turns(queueOf('a*', 'b', 'c'), 2)).toEqual(['hash', 'wait']);
  expect(turns(queueOf('a*', 'b*', 'c'), 2)).toEqual(['wait']);
});

test('a network has one hash at a time, also where a second one is free', () => {
  expect(turns(queueOf('a', 'a', 'a'), 2)).toEqual(['hash', 'wait', 'wait']);
  expect(turns(queueOf('a*', 'a', 'b'), 2)).toEqual(['wait', 'hash']);
});

test('the second attempt of a network is behind the first ones of all others, also once its first is done', () => {
  const { '1': _first, ...left } = queueOf('a*', 'a', 'a', 'b', 'c');
  expect(turns(left, 1)).toEqual(['wait', 'wait', 'hash', 'wait']);
});

test('what does not fit into the queue leaves: of the network that has the most in it', () => {
  const office = queueOf(...Array.from({ length: maxWaiting + 1 }, () => 'office'));
  expect(turns(office, 1)).toEqual(['hash', ...Array.from({ length: maxWaiting }, () => 'wait')]);
  const withOther = { ...office, '99': ticketOf('other', rankIn(office, 'other')) };
  expect(turnOf(withOther, '99', limitsOf(1))).toBe('wait');
  expect(turnOf(withOther, String(maxWaiting + 1), limitsOf(1))).toBe('leave');
  expect(turnOf(withOther, String(maxWaiting), limitsOf(1))).toBe('wait');
});
