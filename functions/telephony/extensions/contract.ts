import * as z from 'zod';
import { reads } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { extensionTypes } from './extension-owner.ts';

const ListedExtension = z
  .object({
    extension: z.string().describe('Digits'),
    type: z.enum(extensionTypes).describe('Type of its owner'),
    id: z.string().describe('Id of its owner'),
    name: z.string().nullable().describe('Name of the owner; null: a contact, whose name the directory has'),
  })
  .meta({
    id: 'Extension',
    example: { extension: '300', type: 'ring_group', id: 'rgrp_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', name: 'Sales' },
  });

export const listExtensions = endpoint('GET /extensions', {
  id: 'listExtensions',
  summary: 'List extensions and their owners',
  description:
    'Of users, contacts of the directory, ring groups and call flows, by their digits. Extensions of devices without ' +
    'a user are listed with the devices.',
  scope: 'telephony:read',
  query: { ...pageQuery, type: z.enum(extensionTypes).optional().describe('Only those of owners of this type') },
  answers: { 200: listOf(ListedExtension) },
  errors: [],
  effects: [reads('user-extension'), reads('user'), reads('ringgroup'), reads('callflow')],
});

export const extensions = resource('extensions', {
  area: 'telephony',
  format: 'standard',
  owner: 'organization',
  endpoints: [listExtensions],
});
