import { at, textIn } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { roleNames, rolesFor } from './person.ts';
import { changed, type ResourcePages } from './definitions.ts';

type Words = Readonly<Record<string, string>>;

const wordOf = (words: Words, value: unknown): string => words[textIn(value)] ?? '–';

const categories: Words = {
  department: t('Department'),
  call_center: t('Call center'),
  dialplan: t('For the dial plan'),
  other: t('Other'),
};

const groupStates: Words = { active: t('Active'), inactive: t('Gives no rights') };

const presences: Words = {
  available: t('Available'),
  busy: t('Busy'),
  away: t('Away'),
  dnd: t('Do not disturb'),
  offline: t('Not here'),
};

const groupForm: Arrangement = {
  groups: [
    {
      fields: [
        { name: 'display_name', label: t('Name'), help: t('As colleagues see it.') },
        { name: 'name', label: t('Short name'), help: t('Letters, digits, dots and hyphens, without spaces.') },
        { name: 'description', control: 'lines' },
        {
          name: 'category',
          label: t('Kind'),
          choices: categories,
        },
        {
          name: 'roles',
          label: t('Roles of its members'),
          choices: Object.fromEntries(rolesFor([]).map((role) => [role, roleNames[role] ?? role])),
        },
      ],
    },
  ],
  advanced: [{ name: 'status', choices: groupStates }],
};

const directoryForm: Arrangement = {
  groups: [
    {
      fields: [
        { name: 'displayName', label: t('Name') },
        { name: 'email', label: t('E-mail') },
        { name: 'department', label: t('Department') },
        { name: 'title', label: t('Position') },
        { name: 'location', label: t('Place') },
      ],
    },
    {
      title: t('Extension and numbers'),
      fields: [
        { name: 'extension', label: t('Extension') },
        { name: 'directNumber', label: t('Direct number'), control: 'phone number' },
        {
          name: 'contactInfo',
          label: t('Further numbers'),
          fields: [
            { name: 'mobilePhone', label: t('Mobile'), control: 'phone number' },
            { name: 'workPhone', label: t('At work'), control: 'phone number' },
            { name: 'fax', label: t('Fax'), control: 'phone number' },
          ],
        },
      ],
    },
    {
      fields: [
        {
          name: 'presence',
          label: t('Presence'),
          fields: [
            {
              name: 'status',
              label: t('State'),
              choices: presences,
            },
            { name: 'message', label: t('Note') },
          ],
        },
      ],
    },
  ],
  advanced: [
    { name: 'firstName', label: t('First name') },
    { name: 'lastName', label: t('Last name') },
    { name: 'timezone', label: t('Time zone') },
    { name: 'avatar', label: t('Address of a picture') },
  ],
};

const sessions = { name: 'sessions', fields: [{ name: 'maxSessions', label: t('Sessions at the same time') }] };

/** The level that is shown follows from all roles, those of groups included: one that is sent back adds roles. */
const accessForm: Arrangement = {
  groups: [{ fields: ['status', 'accessLevel', 'permissions', 'restrictions', sessions, 'security'] }],
  sentIfChanged: ['status', 'accessLevel'],
  isShort: true,
};

export const people: readonly ResourcePages[] = [
  {
    ...changed,
    ...{ key: 'users', group: 'People', title: t('Users'), newTitle: t('Invite'), tag: 'users', scope: 'users:read' },
    path: '/users',
    columns: ['username', 'display_name', 'email', 'extension', 'status', 'roles'],
    parts: [
      {
        ...{ kind: 'form', title: t('Access'), route: 'GET /clientaccess/{entity}' },
        ...{ save: 'PUT /clientaccess/{entity}', form: accessForm },
      },
      { kind: 'values', title: t('Permissions'), route: 'GET /permissions/{entity}', query: { type: 'user' } },
      { kind: 'action', title: t('Grant or deny'), route: 'PUT /permissions/{entity}' },
    ],
  },
  {
    ...changed,
    ...{
      key: 'groups',
      group: 'People',
      title: t('Groups'),
      newTitle: t('New group'),
      tag: 'users',
      scope: 'users:read',
    },
    path: '/groups',
    form: groupForm,
    empty: t('No groups yet. A group gives its members a role, or a dial plan.'),
    columns: ['display_name', 'name', 'category', 'status', 'member_count'],
    cells: {
      category: ({ category }) => wordOf(categories, category),
      status: ({ status }) => wordOf(groupStates, status),
    },
    parts: [
      {
        ...{ kind: 'list', title: t('Members'), route: 'GET /groups/{id}', listAt: ['data', 'members'] },
        columns: ['username', 'display_name', 'added_at'],
      },
      { kind: 'action', title: t('Add members'), route: 'PUT /groups/{id}/members' },
      { kind: 'action', title: t('Remove a member'), route: 'DELETE /groups/{id}/members/{userId}' },
      { kind: 'values', title: t('Permissions'), route: 'GET /permissions/{entity}', query: { type: 'group' } },
    ],
  },
  {
    ...{
      key: 'clientdirectory',
      group: 'People',
      title: t('Directory'),
      newTitle: t('New directory entry'),
      tag: 'users',
    },
    ...{ scope: 'users:read', path: '/clientdirectory', idField: 'userId' },
    ...{ create: 'PUT new', update: 'PUT', canDelete: true },
    form: directoryForm,
    empty: t('No one is listed yet. Colleagues are here by themselves; outside contacts are added.'),
    columns: ['displayName', 'extension', 'email', 'department', 'title', 'presence'],
    cells: { presence: ({ presence }) => wordOf(presences, at(presence, 'status')) },
  },
];
