import { Alert, Button, Group, JsonInput, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { at, isObject, textIn, type JsonObject } from '../../json-value.ts';
import { largestPage, readAll } from '../kit/all-rows.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import { Dialog } from '../kit/dialog.tsx';
import { Section } from '../kit/form-frame.tsx';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import {
  draftText,
  effectOf,
  nextSave,
  readDraft,
  withNewPolicy,
  withoutPolicy,
  withPolicy,
  withTemplate,
  type PlanDraft,
} from './plan-draft.ts';
import { DraftForm } from './draft-form.tsx';
import { Simulation } from './simulation.tsx';

/** "What does a change of the dial plan do to calls?" It is tried over calls before it is saved. */
export function SimulatorPage() {
  const [text, setText] = useState('');
  const [rejection, setRejection] = useState<string | null>(null);
  // The forms begin once more with what was not typed in them.
  const [times, setTimes] = useState(0);
  const { draft, problem } = readDraft(text);
  const session = useSession();
  // Read before anything is typed: a page that waits takes the focus from the field.
  const { scopes } = operationOf(useOperations('dialplan'), 'PUT /dialplan/policy');
  const type = (next: string): void => {
    setText(next);
    setRejection(null);
  };
  const change = (next: string): void => {
    type(next);
    setTimes((count) => count + 1);
  };
  const changeDraft = (next: PlanDraft): void => change(effectOf(next) === '' ? '' : draftText(next));
  const wanted = { method: 'POST', path: '/dialplan/evaluate/batch', body: { calls: [{ called: '18005550100' }] } };
  const example: ApiRequest = { ...wanted, body: { ...wanted.body, ...(draft === null ? {} : { draft }) } };
  return (
    <Page title={t('Try the dial plan')} requests={[example]}>
      <Text>
        {t('What the dial plan decides for calls, and what a change of it would decide.')}{' '}
        {t('Nothing is called or counted, and limits are not applied.')}
      </Text>
      <Section title={t('Draft')}>
        {problem === null && <Edits draft={draft ?? {}} onChange={changeDraft} />}
        {rejection !== null && (
          <Alert color="red" role="alert">
            {rejection}
          </Alert>
        )}
        {draft !== null && (
          <DraftForm key={times} draft={draft} onType={(next) => type(draftText(next))} onChange={changeDraft} />
        )}
        <AsJson text={text} problem={problem} onChange={change} />
      </Section>
      <Section title={t('Calls')}>
        <Simulation draft={problem === null ? draft : undefined} onDraftProblem={setRejection} />
      </Section>
      {draft !== null && effectOf(draft) !== '' && isAllowed(session, scopes) && (
        <Saving draft={draft} onSaved={changeDraft} />
      )}
    </Page>
  );
}

const help = 'Policies (with an id: changed; without: new), template, and delete (ids). Empty: the saved plan decides.';

type AsJsonProps = {
  readonly text: string;
  readonly problem: string | null;
  readonly onChange: (text: string) => void;
};

/** The draft as the API takes it, for experts. */
function AsJson({ text, problem, onChange }: AsJsonProps) {
  return (
    <details>
      <summary>{t('Advanced')}</summary>
      <details>
        <summary>{t('As JSON')}</summary>
        <Stack mt="sm">
          <JsonInput
            label={t('As JSON')}
            description={t(help)}
            autosize
            minRows={6}
            maxRows={24}
            value={text}
            error={problem}
            onChange={onChange}
          />
        </Stack>
      </details>
    </details>
  );
}

async function readPolicies(): Promise<readonly JsonObject[]> {
  const wanted = { method: 'GET', path: '/dialplan/policies', query: { limit: largestPage } };
  return (await readAll(request, wanted, { listAt: ['policies'] })).rows;
}

/** The template as it is saved; null: there is none. */
async function readTemplate(): Promise<JsonObject | null> {
  try {
    const template = at(await request({ method: 'GET', path: '/dialplan/template' }), 'template');
    return isObject(template) ? template : null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

type EditsProps = { readonly draft: PlanDraft; readonly onChange: (draft: PlanDraft) => void };

/** Puts what is saved into the draft, to be changed there. */
function Edits({ draft, onChange }: EditsProps) {
  const [id, setId] = useState<string | null>(null);
  const { data: policies = [], error } = useQuery({ queryKey: ['list', 'policies', 'all'], queryFn: readPolicies });
  const template = useMutation({
    mutationFn: readTemplate,
    onSuccess: (saved) => onChange(withTemplate(draft, saved)),
  });
  const chosen = policies.find((each) => each['id'] === id);
  return (
    <>
      <Problem error={error ?? template.error} />
      <Select
        label={t('A policy of the plan')}
        searchable
        clearable
        limit={50}
        data={policies.map((each) => ({ value: textIn(each['id']), label: textIn(each['name']) }))}
        nothingFoundMessage={t('Nothing found')}
        value={id}
        onChange={setId}
      />
      <Group gap="xs">
        <Button
          variant="default"
          disabled={chosen === undefined}
          onClick={() => chosen !== undefined && onChange(withPolicy(draft, chosen))}
        >
          {t('Change it')}
        </Button>
        <Button
          variant="default"
          disabled={chosen === undefined}
          onClick={() => chosen !== undefined && onChange(withoutPolicy(draft, textIn(chosen['id'])))}
        >
          {t('Delete it')}
        </Button>
        <Button variant="default" onClick={() => onChange(withNewPolicy(draft))}>
          {t('New policy')}
        </Button>
        <Button variant="default" loading={template.isPending} onClick={() => template.mutate()}>
          {t('Change the template')}
        </Button>
      </Group>
    </>
  );
}

type SavingProps = { readonly draft: PlanDraft; readonly onSaved: (rest: PlanDraft) => void };

/** Saves a draft after a question, request by request: what one rejects is left in the draft. */
function Saving({ draft, onSaved }: SavingProps) {
  const queries = useQueryClient();
  const [isOpen, { open, close }] = useDisclosure();
  const saving = useMutation({
    mutationFn: async (wanted: PlanDraft) => {
      for (let save = nextSave(wanted); save !== null; save = nextSave(save.rest)) {
        await request(save.request);
        onSaved(save.rest);
      }
    },
    onSuccess: close,
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Section title={t('Save')}>
      <Alert>{t('Nothing is saved yet. With the draft, {effect}.', { effect: effectOf(draft) })}</Alert>
      <Button style={{ alignSelf: 'start' }} onClick={open}>
        {t('Save the draft')}
      </Button>
      {isOpen && (
        <Dialog onClose={close} title={t('Save the draft?')}>
          <Text mb="md">{t('It decides calls from then on: {effect}.', { effect: effectOf(draft) })}</Text>
          <Problem error={saving.error} />
          <Group mt="md">
            <Button loading={saving.isPending} onClick={() => saving.mutate(draft)}>
              {t('Save')}
            </Button>
            <Button variant="default" onClick={close}>
              {t('Leave it')}
            </Button>
          </Group>
        </Dialog>
      )}
    </Section>
  );
}
