import type { ErrorDetail } from '#errors.ts';
import { originalCaller, type CallFlow, type DialTarget, type FlowStep, type Prompt } from '../schema/call-flow.ts';

/** What a flow names besides its own steps. */
export type Reference = {
  readonly kind:
    | 'sound'
    | 'user'
    | 'mailbox'
    | 'schedule'
    | 'flow'
    | 'ring_group'
    | 'policy'
    | 'number'
    | 'url'
    | 'template';
  readonly id: string;
  /** Of the field. */
  readonly path: string;
};

/** Different ones of a kind that a flow may name: all are checked in one request. */
export const maxReferences: Readonly<Record<Reference['kind'], number>> = {
  sound: 20,
  user: 50,
  mailbox: 20,
  schedule: 20,
  flow: 8,
  ring_group: 20,
  policy: 1,
  number: 10,
  url: 10,
  template: 10,
};

type Steps = Readonly<Record<string, FlowStep>>;
type Field = { readonly path: string; readonly prompt: Prompt | undefined };

function promptsOf(step: FlowStep): readonly Field[] {
  switch (step.type) {
    case 'play':
    case 'menu':
    case 'collect':
      return [{ path: 'prompt', prompt: step.prompt }];
    case 'dial':
      return [{ path: 'announce', prompt: step.announce }];
    case 'voicemail':
      return [{ path: 'greeting', prompt: step.greeting }];
    default:
      return [];
  }
}

const partsOf = (name: string, step: FlowStep) =>
  promptsOf(step).flatMap(({ path, prompt = [] }) =>
    Array.isArray(prompt)
      ? prompt.map((part, index) => ({ part, path: `steps.${name}.${path}[${index}]` }))
      : [{ part: prompt, path: `steps.${name}.${path}` }],
  );

/** All texts that are said, with their paths. */
export const spokenParts = (steps: Steps) =>
  Object.entries(steps).flatMap(([name, step]) =>
    partsOf(name, step).flatMap(({ part, path }) => ('say' in part ? [{ part, path }] : [])),
  );

function partyNamed(party: DialTarget, at: string): Reference[] {
  if (typeof party === 'string') return [];
  return 'user' in party
    ? [{ kind: 'user', id: party.user, path: `${at}.user` }]
    : [{ kind: 'ring_group', id: party.ring_group, path: `${at}.ring_group` }];
}

function named(step: FlowStep, at: string): Reference[] {
  switch (step.type) {
    case 'dial':
      return [
        ...step.to.flatMap((party, index) => partyNamed(party, `${at}.to[${index}]`)),
        ...(step.music === undefined ? [] : [{ kind: 'sound', id: step.music, path: `${at}.music` } as const]),
        ...(step.caller_id === undefined || step.caller_id === originalCaller
          ? []
          : [{ kind: 'number', id: step.caller_id, path: `${at}.caller_id` } as const]),
      ];
    case 'voicemail':
      return [{ kind: 'mailbox', id: step.mailbox, path: `${at}.mailbox` }];
    case 'time':
      return [{ kind: 'schedule', id: step.schedule, path: `${at}.schedule` }];
    case 'goto':
      return step.flow === undefined ? [] : [{ kind: 'flow', id: step.flow, path: `${at}.flow` }];
    case 'webhook':
      return [{ kind: 'url', id: step.url, path: `${at}.url` }];
    case 'sms':
      return step.template === undefined ? [] : [{ kind: 'template', id: step.template, path: `${at}.template` }];
    default:
      return [];
  }
}

/** What a flow names, in the order of its steps. Itself it may name without further checks. */
export const referencesIn = ({
  id,
  steps,
  external_policy: policy,
}: Pick<CallFlow, 'id' | 'steps' | 'external_policy'>): Reference[] => [
  ...(policy === null ? [] : [{ kind: 'policy', id: policy, path: 'external_policy' } as const]),
  ...Object.entries(steps).flatMap(([name, step]) => [
    ...partsOf(name, step).flatMap(({ part, path }): Reference[] =>
      'file' in part ? [{ kind: 'sound', id: part.file, path: `${path}.file` }] : [],
    ),
    ...named(step, `steps.${name}`).filter((reference) => !(reference.kind === 'flow' && reference.id === id)),
  ]),
];

/** The different ids of a kind. */
export const idsOf = (references: readonly Reference[], kind: Reference['kind']): string[] => [
  ...new Set(references.filter((reference) => reference.kind === kind).map(({ id }) => id)),
];

/** Violations of the limits of references. */
export const tooManyReferences = (references: readonly Reference[]): ErrorDetail[] =>
  Object.entries(maxReferences).flatMap(([kind, max]) => {
    const ids = new Set(references.filter((reference) => reference.kind === kind).map(({ id }) => id));
    return ids.size <= max ? [] : [{ path: 'steps', message: `must have at most ${max} different ${plurals[kind]}` }];
  });

const plurals: Readonly<Record<string, string>> = {
  sound: 'sounds',
  user: 'users',
  mailbox: 'mailboxes',
  schedule: 'schedules',
  flow: 'other flows',
  ring_group: 'ring groups',
  policy: 'policies',
  number: 'caller ids',
  url: 'URLs of webhooks',
  template: 'templates',
};

const missing: Readonly<Record<Exclude<Reference['kind'], 'url'>, string>> = {
  sound: 'must be the id of a ready file of kind sound',
  user: 'is no user of the organization',
  mailbox: 'is no mailbox of the organization',
  schedule: 'is no schedule of the organization',
  flow: 'is no call flow of the organization',
  ring_group: 'is no ring group of the organization',
  policy: 'is no policy of the organization',
  number: 'must be an active number of the organization, or original',
  template: 'must be the id of an e-mail template of the organization with a text part',
};

/** Violations by references that do not exist. @param known `<kind> <id>` of those that do */
export const unknownReferences = (references: readonly Reference[], known: ReadonlySet<string>): ErrorDetail[] =>
  references.flatMap(({ kind, id, path }) =>
    kind === 'url' || known.has(`${kind} ${id}`) ? [] : [{ path, message: missing[kind] }],
  );
