import { storedResource } from '#contract/resource.ts';
import { stored } from '#contract/stored.ts';
import { ringGroupFields } from '#telephony/ring-group.ts';

export const ringGroup = stored('ringgroup', {
  noun: 'ring group',
  area: 'telephony',
  path: '/ringgroups',
  prefix: 'rgrp',
  description:
    'A group must not contain itself, and groups are nested five deep at most. Of all members 50 ring. An ' +
    'organization has at most 1,000 groups.',
  fields: ringGroupFields,
  hasLongLists: true,
  reads: ['user', 'device', 'callflow'],
  hasExtension: true,
  limit: 1_000,
  owner: 'organization',
  onClosed: 'delete',
  example: { name: 'Sales', strategy: 'in_order', ring_seconds: 15, caller_name_prefix: 'Sales:' },
});

export const ringGroups = storedResource('ring-groups', ringGroup, { format: 'standard' });
