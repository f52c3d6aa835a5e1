import { exitsOf, type FlowStep, type FlowSteps } from '../schema/call-flow.ts';

/** Exits that a call takes although no one does anything: neither its caller, nor another party or a server. */
const silentExits: Readonly<Record<FlowStep['type'], (path: string) => boolean>> = {
  play: () => true,
  menu: (path) => path === 'timeout',
  collect: (path) => path === 'timeout',
  time: () => true,
  branch: () => true,
  set: () => true,
  dial: (path) => path === 'unreachable' || path === 'denied',
  voicemail: () => false,
  mailbox: () => false,
  record: () => false,
  webhook: (path) => path === 'failed',
  sms: () => true,
  goto: () => true,
  dtmf: () => true,
  pause: () => true,
  park: (path) => path === 'full',
  hangup: () => false,
};

const nextOf = (step: FlowStep): readonly string[] => [
  ...new Set(exitsOf(step).flatMap(([path, to]) => (silentExits[step.type](path) ? [to] : []))),
];

/** The names of the steps of each loop that a call goes round without input, in the order of the flow. */
export function silentLoops(steps: FlowSteps): string[][] {
  const next = new Map(Object.entries(steps).map(([name, step]) => [name, nextOf(step)]));
  const reached = new Map([...next.keys()].map((name) => [name, reachedFrom(name, next)]));
  const isLoop = (one: string, other: string): boolean =>
    reached.get(one)?.has(other) === true && reached.get(other)?.has(one) === true;
  const names = [...next.keys()].filter((name) => isLoop(name, name));
  return names.map((name) => names.filter((other) => isLoop(name, other))).filter(([first], at) => first === names[at]);
}

/** The steps after a step, the step itself only if it is one of them. */
function reachedFrom(name: string, next: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set(next.get(name));
  // A set is iterated in the order of addition, with what is added on the way.
  for (const each of reached) for (const to of next.get(each) ?? []) reached.add(to);
  return reached;
}
