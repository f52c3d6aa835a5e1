import { Alert, Button, Card, Stack, Title } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { at, isObject, textIn } from '../../json-value.ts';
import { violationsOf } from '../kit/api-error.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { field } from '../kit/arranged-field.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { fieldsOf, type FormValues } from '../kit/form-fields.ts';
import { ApiForm } from '../kit/form.tsx';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { weekdayWords } from '../kit/weekday-words.ts';
import { Sections } from '../resources/parts.tsx';
import { t } from '../texts/texts.ts';
import { policyParts } from './parts.ts';
import { Simulation } from './simulation.tsx';

/** The policy of a dial plan as a person fills it in. */

const conditions = [
  field('pattern', t('Called number'), t('A pattern, such as ^00 for what begins with 00. Empty: every number.')),
  field('user_groups', t('Groups of the caller'), t('The caller is in one of them. Empty: everybody.')),
  field('time_of_day', t('Hours'), {
    help: t('Empty: at any time.'),
    fields: [
      field('start', t('From'), t('Such as 18:00.')),
      field('end', t('Until'), t('Such as 08:00.')),
      field('days', t('Days'), { choices: weekdayWords }),
      field('timezone', t('Time zone'), t('Empty: that of the organization.')),
    ],
  }),
  field('caller_id_required', t('The caller shows a number')),
  field('verstat', t('Verification of the caller'), {
    help: t('Of calls from outside that are sent on. Empty: any.'),
    choices: {
      'TN-Validation-Passed': t('number is genuine'),
      'TN-Validation-Failed': t('number is not genuine'),
      'No-TN-Validation': t('not verified'),
    },
  }),
  field('attestation', t('What the carrier says of the caller'), {
    help: t('Empty: anything.'),
    choices: {
      A: t('A: may use the number'),
      B: t('B: a known customer'),
      C: t('C: neither'),
    },
  }),
];

const actions = [
  field('allow', t('Permit the call')),
  field('gateway', t('Gateway'), { help: t('Empty: the template of the dial plan decides.'), to: 'gateway' }),
  field('failover_gateways', t('Gateways to try after it')),
  field('max_duration', t('Longest call (m:ss)'), { control: 'duration' }),
  field('rate_limit', t('Calls a minute at most')),
  field('record', t('Record the call')),
  field('notify', t('Send an e-mail to'), t('At most one e-mail a minute.')),
];

const policyForm: Arrangement = {
  groups: [
    {
      fields: [
        field('name', t('Name')),
        field('status', t('State'), {
          choices: { active: t('active'), inactive: t('off'), draft: t('draft') },
        }),
        field('priority', t('Turn'), t('The policy with the lowest number decides first.')),
        field('description', t('Description')),
      ],
    },
    { fields: [field('conditions', t('Which calls'), { fields: conditions })] },
    { fields: [field('actions', t('What happens to them'), { fields: actions })] },
  ],
};

/** The policy in an answer, which has it beside or within its envelope. */
const policyIn = (answer: unknown): FormValues => {
  const policy = at(answer, 'policy') ?? at(answer, 'data') ?? answer;
  return isObject(policy) ? policy : {};
};

const reading = (id: string): ApiRequest => ({ method: 'GET', path: '/dialplan/policy', query: { id } });

/** A policy of the dial plan: a draft of it is tried over past calls before it is saved. */
export function PolicyPage({ id }: { readonly id: string }) {
  const isNew = id === 'new';
  const operations = useOperations('dialplan');
  const session = useSession();
  const { data: before } = useSuspenseQuery({
    queryKey: ['policy', id],
    queryFn: async () => (isNew ? {} : policyIn(await request(reading(id)))),
  });
  const route = isNew ? 'PUT /dialplan/policy' : 'POST /dialplan/policy';
  const operation = operationOf(operations, route);
  const [draft, setDraft] = useState<FormValues | null>(null);
  const canWrite = isAllowed(session, operation.scopes);
  const fields = fieldsOf(operation.body ?? {}, operations, operation.example).filter(({ name }) => name !== 'id');
  const title = isNew ? t('New policy') : textIn(before['name']) || id;
  return (
    <Page title={title} requests={isNew ? [] : [reading(id)]}>
      <ApiForm
        key={String(before['version'])}
        fields={fields}
        arrangement={policyForm}
        before={before}
        error={null}
        isSending={false}
        isReadOnly={!canWrite}
        submit={t('Make a draft of this')}
        onSubmit={(body) => setDraft(isNew ? { ...body } : { ...body, id })}
      />
      {draft !== null && <DraftCard draft={draft} method={isNew ? 'PUT' : 'POST'} onDone={() => setDraft(null)} />}
      {!isNew && <Sections tag="dialplan" known={[]} parts={policyParts(id)} />}
    </Page>
  );
}

type DraftCardProps = { readonly draft: FormValues; readonly method: string; readonly onDone: () => void };

function DraftCard({ draft, method, onDone }: DraftCardProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const saving = useMutation({
    mutationFn: async () => policyIn(await request({ method, path: '/dialplan/policy', body: draft })),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries();
      onDone();
      await navigate({ to: '/dialplan/$id', params: { id: textIn(id) } });
    },
  });
  const violations = violationsOf(saving.error);
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t('Draft')}
      </Title>
      <Stack>
        <Alert>{t('Nothing is saved yet. See what the draft would have changed, then save it.')}</Alert>
        <Simulation draft={{ policies: [draft] }} />
        <Problem error={saving.error} />
        {violations.length > 0 && (
          <Alert color="yellow">{t('Correct the form above, and make a draft of it once more.')}</Alert>
        )}
        <Button loading={saving.isPending} onClick={() => saving.mutate()}>
          {t('Save the draft')}
        </Button>
      </Stack>
    </Card>
  );
}
