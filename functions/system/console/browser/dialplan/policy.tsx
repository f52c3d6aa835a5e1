import { Alert, Button, Card, Stack, Title } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { at, isObject, textIn } from '../../json-value.ts';
import { violationsOf } from '../kit/api-error.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { fieldsOf, type FormValues } from '../kit/form-fields.ts';
import { ApiForm } from '../kit/form.tsx';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { Sections } from '../resources/parts.tsx';
import { t } from '../texts/texts.ts';
import { policyParts } from './parts.ts';
import { policyForm } from './plan-forms.ts';
import { Simulation } from './simulation.tsx';

/** The policy in an answer, which has it beside or within its envelope. */
const policyIn = (answer: unknown): FormValues => {
  const policy = at(answer, 'policy') ?? at(answer, 'data') ?? answer;
  return isObject(policy) ? policy : {};
};

const reading = (id: string): ApiRequest => ({ method: 'GET', path: '/dialplan/policy', query: { id } });

/** "What does this rule do to calls?" A policy of the dial plan: a draft of it is tried over past calls, then saved. */
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
