import { expect, test } from 'vitest';
import { LatestSender } from './latest-sender.ts';

function jobs() {
  const ran: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<undefined>>();
  return {
    ran,
    job: (name: string) => () => {
      ran.push(name);
      const end = Promise.withResolvers<undefined>();
      ends.set(name, end);
      return end.promise.then(() => undefined);
    },
    end: (name: string) => ends.get(name)?.resolve(undefined),
    fail: (name: string) => ends.get(name)?.reject(new Error(name)),
  };
}

test('of the jobs that arrive while one is running, the newest is run when it has ended', async () => {
  const { ran, job, end } = jobs();
  const sender = new LatestSender();
  const first = sender.send('a', job('1'));
  const [second, third] = [sender.send('a', job('2')), sender.send('a', job('3'))];
  expect(ran).toEqual(['1']);
  end('1');
  await first;
  expect(ran).toEqual(['1', '3']);
  end('3');
  await Promise.all([second, third]);
  await Promise.all([sender.send('a', async () => undefined)]);
});

test('jobs of other keys do not wait', () => {
  const { ran, job } = jobs();
  const sender = new LatestSender();
  void sender.send('a', job('1'));
  void sender.send('b', job('2'));
  expect(ran).toEqual(['1', '2']);
});

test('a job that fails rejects who asked for it, and the next one runs', async () => {
  const { ran, job, end, fail } = jobs();
  const sender = new LatestSender();
  const [first, second] = [sender.send('a', job('1')), sender.send('a', job('2'))];
  fail('1');
  await expect(first).rejects.toThrow('1');
  expect(ran).toEqual(['1', '2']);
  end('2');
  await second;
});
