import * as z from 'zod';
import { reads } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { UserInUrl } from '#schema/user-in-url.ts';
import { IdInUrl } from '#schema/values.ts';
import { dependentTypes, type Dependent } from '../schema/dependent.ts';

const ShownDependent = z
  .object({
    type: z.enum(dependentTypes).describe('Type of the resource'),
    id: z.string().describe('Id of the resource; of a number its digits (E.164)'),
    name: z.string().describe('Name of the resource'),
    path: z.string().describe('Its field that names what is asked about; of a user a field of the call handling'),
  })
  .meta({ id: 'Dependent' });

const example: Dependent[] = [
  { type: 'number', id: '+46890510', name: 'Main number', path: 'route' },
  { type: 'ring_group', id: 'rgrp_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', name: 'Sales', path: 'members[0].user' },
];

const Dependents = z
  .object({
    dependents: z
      .array(ShownDependent)
      .describe('What names it, by type: at most 100 of each. Numbers that steps or forwards dial are not looked up'),
    truncated: z
      .boolean()
      .describe(
        'Whether there may be more: only the first 3 MB of ring groups, blocked callers and call handling are read, ' +
          'and the newest 500 flows',
      ),
  })
  .meta({ id: 'Dependents', example: { dependents: example, truncated: false } });

/** What may name a user, a flow or a ring group, and by which names. */
const common = [
  reads('number', 'GSI2'),
  reads('ringgroup'),
  reads('callflow'),
  reads('callflow-version'),
  reads('callhandling'),
  reads('user'),
] as const;

export const getUserDependents = endpoint('GET /users/{id}/dependents', {
  id: 'getUserDependents',
  summary: 'What depends on a user',
  description:
    'Its devices and SIM cards, numbers that route to the user or its mailbox, and ring groups and call flows that ' +
    'name it. Users who forward calls to it, too. An extension counts as its user.',
  scope: 'telephony:read',
  params: { id: UserInUrl.describe('Id of the user, or `me`') },
  answers: { 200: Dependents },
  errors: [],
  effects: [
    ...common,
    reads('device', 'GSI1'),
    reads('mobile', 'GSI1'),
    reads('mailbox-user'),
    reads('voicemailprefs'),
    reads('user-extension'),
  ],
});

export const getCallFlowDependents = endpoint('GET /callflows/{id}/dependents', {
  id: 'getCallFlowDependents',
  summary: 'What depends on a call flow',
  description:
    'Numbers that route to the flow, and ring groups, call flows and blocked callers that name it. Users who forward ' +
    'calls to it, too. An extension counts as its flow.',
  scope: 'telephony:read',
  params: { id: IdInUrl.describe('Id of the call flow') },
  answers: { 200: Dependents },
  errors: [],
  effects: [...common, reads('blockedcaller')],
});

export const getRingGroupDependents = endpoint('GET /ringgroups/{id}/dependents', {
  id: 'getRingGroupDependents',
  summary: 'What depends on a ring group',
  description:
    'Numbers that route to the group, and other ring groups and call flows that name it. Users who forward calls to ' +
    'it, too. An extension counts as its group.',
  scope: 'telephony:read',
  params: { id: IdInUrl.describe('Id of the ring group') },
  answers: { 200: Dependents },
  errors: [],
  effects: [...common],
});

export const getScheduleDependents = endpoint('GET /schedules/{id}/dependents', {
  id: 'getScheduleDependents',
  summary: 'What depends on a schedule',
  description: 'Call flows that ask whether it is open, and users whose phones ring in its hours only.',
  scope: 'telephony:read',
  params: { id: IdInUrl.describe('Id of the schedule') },
  answers: { 200: Dependents },
  errors: [],
  effects: [reads('schedule'), reads('callflow'), reads('callflow-version'), reads('callhandling'), reads('user')],
});

export const dependents = resource('dependents', {
  area: 'telephony',
  format: 'standard',
  owner: 'organization',
  endpoints: [getUserDependents, getCallFlowDependents, getRingGroupDependents, getScheduleDependents],
});
