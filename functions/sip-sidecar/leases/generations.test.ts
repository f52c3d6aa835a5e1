import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { generationSince, newerGeneration, workersAmong, type GenerationTask } from './generations.ts';

const settleTime = 30_000;
const at = (seconds: number): string => new Date(seconds * 1_000).toISOString();

type Simulated = GenerationTask & { readonly id: number; readonly isStopping: boolean; readonly newer?: string };

/** What happens: a task of a generation starts, one stops or crashes, or time passes. */
type Step =
  | { readonly kind: 'start'; readonly generation: string }
  | { readonly kind: 'stop' | 'crash'; readonly which: number }
  | { readonly kind: 'wait'; readonly seconds: number };

/** A service, whose tasks decide in turn, as by their heartbeats. */
class Service {
  tasks: Simulated[] = [];
  #seconds = 0;
  #last = 0;

  apply(step: Step): void {
    this.#seconds += 1;
    if (step.kind === 'wait') this.#seconds += step.seconds;
    if (step.kind === 'start') {
      const own = { id: (this.#last += 1), generation: step.generation, started_at: at(this.#seconds) };
      const task = { ...own, draining: false, isStopping: false };
      this.tasks.push({ ...task, generation_since: generationSince(task, this.tasks) });
    }
    const chosen = 'which' in step ? this.tasks[step.which % Math.max(1, this.tasks.length)] : undefined;
    if (step.kind === 'stop')
      this.tasks = this.tasks.map((task) => (task === chosen ? { ...task, isStopping: true, draining: true } : task));
    if (step.kind === 'crash') this.tasks = this.tasks.filter((task) => task !== chosen);
  }

  decide(): void {
    for (const { id } of this.tasks) {
      const own = this.tasks.find((task) => task.id === id);
      if (own === undefined) continue;
      const others = this.tasks.filter((task) => task !== own);
      const newer = newerGeneration(own, others, { settleTime, now: this.#seconds * 1_000, present: own.newer });
      const { newer: _before, ...rest } = own;
      const decided = { ...rest, draining: own.isStopping || newer !== undefined, ...(newer && { newer }) };
      this.tasks = this.tasks.map((task) => (task === own ? decided : task));
    }
  }

  get working(): string[] {
    return this.tasks.filter(({ draining }) => !draining).map(({ generation = '' }) => generation);
  }

  get alive(): string[] {
    return this.tasks.filter(({ isStopping }) => !isStopping).map(({ generation = '' }) => generation);
  }
}

/** A service after some steps, after each of which all tasks decide. */
function serviceAfter(...steps: readonly Step[]): Service {
  const service = new Service();
  for (const step of steps) {
    service.apply(step);
    service.decide();
  }
  return service;
}

const start = (generation: string): Step => ({ kind: 'start', generation });
const settled: Step = { kind: 'wait', seconds: settleTime / 1_000 };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom('1', '2', '3').map(start),
  fc.record({ kind: fc.constantFrom('stop' as const, 'crash' as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.nat(40) }),
);

test('as long as a task does not stop, one works, whatever starts, stops and crashes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const service = serviceAfter(...steps);
      // The task that was given the work may have gone: the others find that at their next heartbeats.
      service.decide();
      expect(service.working.length > 0).toBe(service.alive.length > 0);
    }),
  );
});

test('decisions do not change by themselves', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const service = serviceAfter(...steps, settled);
      service.decide();
      const before = service.working;
      for (let round = 0; round < 3; round += 1) service.decide();
      expect(service.working).toEqual(before);
    }),
  );
});

test('a generation gives its work to a newer one with as many ready tasks, and not before', () => {
  const old = [start('1'), start('1'), settled];
  expect(serviceAfter(...old, start('2')).working).toEqual(['1', '1', '2']);
  expect(serviceAfter(...old, start('2'), settled).working).toEqual(['1', '1', '2']);
  expect(serviceAfter(...old, start('2'), start('2')).working).toEqual(['1', '1', '2', '2']);
  expect(serviceAfter(...old, start('2'), start('2'), settled).working).toEqual(['2', '2']);
});

test('when the newer generation vanishes, the older one works again', () => {
  const both = [start('1'), start('1'), start('2'), start('2'), settled];
  const crash: Step = { kind: 'crash', which: 2 };
  expect(serviceAfter(...both, crash).working).toEqual(['2']);
  expect(serviceAfter(...both, crash, crash).working).toEqual(['1', '1']);
  const stop: Step[] = [2, 3].map((which) => ({ kind: 'stop', which }));
  expect(serviceAfter(...both, ...stop).working).toEqual(['1', '1']);
});

test('an older definition that is started again is the newest generation, also beside its own drained tasks', () => {
  const both = [start('2'), start('2'), settled, start('3'), start('3'), settled];
  expect(serviceAfter(...both).working).toEqual(['3', '3']);
  const again = serviceAfter(...both, start('2'), start('2'), settled);
  expect(again.working).toEqual(['2', '2', '2', '2']);
});

test('a task that takes the place of a crashed one does not make its generation newer', () => {
  const crashed = serviceAfter(start('1'), start('1'), settled, start('2'), { kind: 'crash', which: 0 }, start('1'));
  crashed.apply(start('2'));
  crashed.apply(settled);
  crashed.decide();
  expect(crashed.working).toEqual(['2', '2']);
});

test('tasks of a release without generations are one generation, older than those that start after them', () => {
  const old = { started_at: at(0), draining: false };
  const options = { settleTime, now: 100_000, present: undefined };
  const fresh = { started_at: at(50), draining: false, generation: '7', generation_since: at(50) };
  expect([newerGeneration(old, [fresh], options), newerGeneration(fresh, [old], options)]).toEqual(['7', undefined]);
});

test('a task gives its work to no other one of its generation that is about to leave its own', () => {
  const taskOf = (generation: string, draining = false): GenerationTask => ({
    started_at: at(0),
    generation,
    draining,
  });
  const [old, next, stopping] = [taskOf('1'), taskOf('2'), taskOf('2', true)];
  expect(workersAmong(old, [old, next, stopping], '2')).toEqual([next]);
  expect(workersAmong(old, [old, next, stopping], undefined)).toEqual([old, next]);
});

test('a task that is stopped before it knows of a newer generation gives its work to that, if there is one', () => {
  const own = { started_at: at(10), generation: '2', draining: true };
  const [beside, before, after] = [
    { started_at: at(10), generation: '2', draining: false },
    { started_at: at(0), generation: '1', draining: false },
    { started_at: at(20), generation: '3', draining: false },
  ];
  expect(workersAmong(own, [beside, before, after], undefined)).toEqual([after]);
  expect(workersAmong(own, [beside, before], undefined)).toEqual([beside, before]);
  expect(workersAmong({ ...own, draining: false }, [beside, after], undefined)).toEqual([beside, after]);
});
