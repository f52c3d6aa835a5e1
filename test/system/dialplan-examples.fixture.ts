/**
 * The documented exchanges of the dial-plan API in the order of the documentation: request and answer. `<…>` is
 * replaced with an id of the test.
 */
export type Example = {
  readonly title: string;
  readonly request: string;
  readonly body?: object;
  readonly status: number;
  readonly answer: unknown;
};

const time = '2024-01-15T10:30:00Z';
const template = {
  id: 'tpl_12345',
  name: 'Standard Office Template',
  version: '2.1',
  created_at: time,
  updated_at: time,
  rules: [
    { priority: 1, pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' },
    { priority: 2, pattern: '^([2-8][0-9]{2})$', action: 'bridge', destination: `user/$1@\${domain}` },
  ],
  variables: { domain: 'sip.example.com', default_timeout: 30 },
};

const international = {
  id: 'pol_001',
  name: 'International Calling Policy',
  description: 'Restricts international calls to authorized users',
  status: 'active',
  priority: 100,
  conditions: {
    pattern: '^011[0-9]+$',
    time_of_day: { start: '08:00', end: '18:00' },
    user_groups: ['international_enabled'],
  },
  actions: { allow: true, rate_limit: 10, log: true },
  created_at: time,
  updated_at: time,
};
const emergency = {
  id: 'pol_002',
  name: 'Emergency Services Policy',
  description: 'Always route emergency calls',
  status: 'active',
  priority: 1,
  conditions: { pattern: '^(911|112|999)$' },
  actions: { allow: true, gateway: 'emergency_pstn', bypass_restrictions: true },
  created_at: time,
  updated_at: time,
};
const tollFree = {
  name: 'Toll-Free Routing Policy',
  description: 'Route toll-free calls through dedicated gateway',
  status: 'active',
  priority: 50,
  conditions: { pattern: '^1(800|888|877|866|855|844|833)[0-9]{7}$', caller_id_required: false },
  actions: { allow: true, gateway: 'tollfree_gateway', log: true },
};
const changedConditions = {
  pattern: '^011[0-9]+$',
  time_of_day: { start: '07:00', end: '20:00', timezone: 'America/New_York' },
  user_groups: ['international_enabled', 'executives'],
};

/** What exists before the first request. */
export const initialState = {
  template: { name: template.name, rules: template.rules, variables: template.variables },
  international: {
    name: international.name,
    description: international.description,
    status: 'active',
    priority: 100,
    conditions: {
      ...international.conditions,
      time_of_day: { start: '08:00', end: '18:00', timezone: 'America/New_York' },
      caller_id_required: true,
    },
    actions: {
      allow: true,
      rate_limit: 10,
      max_duration: 3600,
      log: true,
      notify: ['billing@example.com'],
      gateway: 'intl_gateway',
    },
  },
  emergency: {
    name: emergency.name,
    description: emergency.description,
    status: 'active',
    priority: 1,
    conditions: emergency.conditions,
    actions: emergency.actions,
  },
  premium: {
    name: 'International Premium Rate Block',
    description: 'Blocks calls to international premium rate numbers',
    status: 'active',
    priority: 95,
    conditions: { pattern: '^011(900|976)[0-9]+$' },
    actions: { allow: false },
  },
  groups: [
    {
      name: 'international_enabled',
      display_name: 'International Calling Enabled',
      description: 'Users authorized for international calls',
      category: 'dialplan',
    },
    {
      name: 'executives',
      display_name: 'Executive Team',
      description: 'Executive level users with elevated privileges',
      category: 'dialplan',
    },
    {
      name: 'restricted',
      display_name: 'Restricted Dialing',
      description: 'Users with restricted dial plan access',
      category: 'dialplan',
    },
  ],
} as const;

const changedBy = { user_id: 'user_456', username: 'admin@example.com' };
const historyAnswer = {
  success: true,
  total: 156,
  limit: 20,
  offset: 0,
  history: [
    {
      id: 'hist_001',
      type: 'policy',
      entity_id: 'pol_001',
      entity_name: 'International Calling Policy',
      version: 3,
      action: 'update',
      changed_by: changedBy,
      changes: {
        priority: { old: 100, new: 90 },
        'conditions.user_groups': { old: ['international_enabled'], new: ['international_enabled', 'executives'] },
      },
      snapshot: {
        name: 'International Calling Policy',
        priority: 90,
        conditions: { pattern: '^011[0-9]+$', user_groups: ['international_enabled', 'executives'] },
      },
      archived_at: time,
    },
    {
      id: 'hist_002',
      type: 'policy',
      entity_id: 'pol_002',
      entity_name: 'After Hours Policy',
      version: 1,
      action: 'create',
      changed_by: changedBy,
      changes: null,
      snapshot: { name: 'After Hours Policy', priority: 200, conditions: { pattern: '.*' } },
      archived_at: time,
    },
  ],
};
const historyQuery = '?type=policy&start_date=2024-01-01T00:00:00Z&limit=20';

const member = { user_id: 'usr_100', username: 'john.doe@example.com', added_at: time };
const group = {
  id: 'grp_001',
  name: 'international_enabled',
  display_name: 'International Calling Enabled',
  description: 'Users',
  status: 'active',
  member_count: 45,
  members: [member],
  created_at: time,
};

export const examples: readonly Example[] = [
  {
    title: 'Get Dial Plan Template',
    request: 'GET /dialplan/template',
    status: 200,
    answer: { success: true, template },
  },
  {
    title: 'Get Dial Plan Policies',
    request: 'GET /dialplan/policies?status=active&limit=25',
    status: 200,
    answer: { success: true, total: 45, limit: 25, offset: 0, policies: [international, emergency] },
  },
  {
    title: 'Get Dial Plan Policy',
    request: 'GET /dialplan/policy?id=<international>&include_history=true',
    status: 200,
    answer: {
      success: true,
      policy: {
        ...international,
        version: 3,
        metadata: { created_by: 'user_123', last_modified_by: 'user_456' },
        conditions: {
          ...international.conditions,
          time_of_day: { start: '08:00', end: '18:00', timezone: 'America/New_York' },
          caller_id_required: true,
        },
        actions: { allow: true, rate_limit: 10, max_duration: 3600, log: true, notify: ['billing@example.com'] },
        history: [
          { version: 2, changed_at: time, changed_by: 'user_456', changes: ['Updated time_of_day restrictions'] },
        ],
      },
    },
  },
  {
    title: 'Create Dial Plan Policy',
    request: 'PUT /dialplan/policy',
    body: tollFree,
    status: 201,
    answer: {
      success: true,
      message: 'Policy created successfully',
      policy: { id: 'pol_003', ...tollFree, version: 1, created_at: time, updated_at: time },
    },
  },
  {
    title: 'Update Dial Plan Policy',
    request: 'POST /dialplan/policy',
    body: { id: '<international>', priority: 90, conditions: changedConditions },
    status: 200,
    answer: {
      success: true,
      message: 'Policy updated successfully',
      policy: {
        id: 'pol_001',
        name: international.name,
        description: international.description,
        status: 'active',
        priority: 90,
        version: 4,
        conditions: { ...changedConditions, caller_id_required: true },
        actions: { allow: true, rate_limit: 10, max_duration: 3600, log: true, notify: ['billing@example.com'] },
        updated_at: time,
      },
    },
  },
  {
    title: 'Delete Dial Plan Policy',
    request: 'DELETE /dialplan/policy?id=<created>',
    status: 200,
    answer: { success: true, message: 'Policy deleted successfully', deleted_policy_id: 'pol_003' },
  },
  {
    title: 'Get Dial Plan History',
    request: `GET /dialplan/history${historyQuery}`,
    status: 200,
    answer: historyAnswer,
  },
  ...['historic', 'archive', 'archived'].map((name) => ({
    title: `its alias ${name}`,
    request: `GET /dialplan/${name}${historyQuery}`,
    status: 200,
    answer: historyAnswer,
  })),
  {
    title: 'Get Dial Plan Groups',
    request: 'GET /dialplan/groups?include_members=true',
    status: 200,
    answer: { success: true, groups: [group, { ...group, name: 'restricted', members: [] }] },
  },
  {
    title: 'Search Dial Plan Policies',
    request: 'GET /dialplan/search?q=international&status=active&sort=priority&order=asc',
    status: 200,
    answer: {
      success: true,
      query: { q: 'international', status: 'active', sort: 'priority', order: 'asc' },
      total: 3,
      limit: 50,
      offset: 0,
      results: [
        {
          id: 'pol_001',
          name: international.name,
          description: international.description,
          status: 'active',
          priority: 90,
          match_score: 0.95,
          conditions: { pattern: '^011[0-9]+$' },
          created_at: time,
          updated_at: time,
        },
      ],
    },
  },
  {
    title: 'Get Dial Plan Dependencies',
    request: 'GET /dialplan/dependencies?id=<international>&type=policy&direction=both',
    status: 200,
    answer: {
      success: true,
      entity: { id: 'pol_001', type: 'policy', name: international.name },
      dependencies: {
        upstream: [{ id: 'tpl_001', type: 'template', name: 'Standard Office Template', relationship: 'included_in' }],
        downstream: [
          { id: 'grp_001', type: 'group', name: 'international_enabled', relationship: 'references' },
          // The platform manages no gateway of this name.
          { id: null, type: 'gateway', name: 'International Gateway', relationship: 'routes_to' },
        ],
      },
      dependency_count: { upstream: 1, downstream: 3, total: 4 },
      can_delete: false,
      delete_blocked_reason: "Policy is referenced by template 'Standard Office Template'",
    },
  },
];

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value);

/**
 * Paths at which an answer lacks a documented field, or has it with another type. Each item of a documented list must
 * match one of the answer's items.
 */
export function missingFields(answer: unknown, documented: unknown, path = ''): string[] {
  if (kindOf(answer) !== kindOf(documented)) return [`${path} is ${kindOf(answer)} in place of ${kindOf(documented)}`];
  if (Array.isArray(documented)) {
    const items: readonly unknown[] = Array.isArray(answer) ? answer : [];
    return documented.flatMap((wanted: unknown, at) => {
      const found = items
        .map((item) => missingFields(item, wanted, `${path}[${at}]`))
        .sort((one, other) => one.length - other.length);
      return found[0] ?? [`${path}[${at}] has no like`];
    });
  }
  if (documented === null || typeof documented !== 'object') return [];
  const fields = new Map(Object.entries(Object(answer) as object));
  return Object.entries(documented).flatMap(([name, wanted]) =>
    fields.has(name) ? missingFields(fields.get(name), wanted, `${path}.${name}`) : [`${path}.${name} is missing`],
  );
}
