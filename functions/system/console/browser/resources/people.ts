import { changed, type ResourcePages } from './definitions.ts';

export const people: readonly ResourcePages[] = [
  {
    ...changed,
    ...{ key: 'users', group: 'People', title: 'Users', noun: 'user', tag: 'users', scope: 'users:read' },
    path: '/users',
    columns: ['username', 'display_name', 'email', 'extension', 'status', 'roles'],
    parts: [
      { kind: 'action', title: 'Set password', route: 'POST /users/{id}/password' },
      { kind: 'form', title: 'Access', route: 'GET /clientaccess/{entity}', save: 'PUT /clientaccess/{entity}' },
      {
        ...{ kind: 'call handling', title: 'Call handling', tag: 'telephony', route: 'GET /users/{id}/callhandling' },
        save: 'PUT /users/{id}/callhandling',
      },
      { kind: 'values', title: 'Permissions', route: 'GET /permissions/{entity}', query: { type: 'user' } },
      { kind: 'action', title: 'Grant or deny', route: 'PUT /permissions/{entity}' },
    ],
  },
  {
    ...changed,
    ...{ key: 'groups', group: 'People', title: 'Groups', noun: 'group', tag: 'users', scope: 'users:read' },
    path: '/groups',
    columns: ['name', 'display_name', 'category', 'status', 'member_count'],
    parts: [
      {
        ...{ kind: 'list', title: 'Members', route: 'GET /groups/{id}', listAt: ['data', 'members'] },
        columns: ['username', 'display_name', 'added_at'],
      },
      { kind: 'action', title: 'Add members', route: 'PUT /groups/{id}/members' },
      { kind: 'action', title: 'Remove a member', route: 'DELETE /groups/{id}/members/{userId}' },
      { kind: 'values', title: 'Permissions', route: 'GET /permissions/{entity}', query: { type: 'group' } },
    ],
  },
  {
    ...{ key: 'clientdirectory', group: 'People', title: 'Directory', noun: 'directory entry', tag: 'users' },
    ...{ scope: 'users:read', path: '/clientdirectory', idField: 'userId' },
    ...{ create: 'PUT new', update: 'PUT', canDelete: true },
    columns: ['displayName', 'extension', 'email', 'department', 'title', 'presence'],
  },
];
