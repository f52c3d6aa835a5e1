import { Alert, Button, Card, Grid, Menu, Select, SimpleGrid, Stack, Tabs, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, useCallback, useMemo, useState } from 'react';
import { at } from '../../json-value.ts';
import { consequencesOf } from '../dependents/consequences.ts';
import { FoldedDependents } from '../dependents/dependent-list.tsx';
import { useDependents } from '../dependents/dependents.ts';
import { isConflict, violationsOf } from '../kit/api-error.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { arrange } from '../kit/arrangement.ts';
import { Confirmation } from '../kit/confirmation.tsx';
import { loadPart } from '../kit/load-part.ts';
import { FieldList } from '../kit/field-input.tsx';
import { messageOf, problemsOf, within, type FieldProblem } from '../kit/field-problems.ts';
import { bodyOf as bodyOfFields, editableValues, fieldsOf, type FormValues } from '../kit/form-fields.ts';
import { FormFrame } from '../kit/form-frame.tsx';
import { useFirstComplaint } from '../kit/form.tsx';
import { LatePart } from '../kit/late-part.tsx';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { showToast } from '../kit/toasts.tsx';
import { useSaving } from '../resources/saving.ts';
import { t } from '../texts/texts.ts';
import { bodyOf, exitFieldsOf, freeName, withStep, withStepAfter, withoutStep, type Flow } from './flow-draft.ts';
import { ConflictNotice, KeptNotice, ProblemList } from './flow-notices.tsx';
import { problemsOfDraft } from './flow-problems.ts';
import { flowQuery, versionOf } from './read-flow.ts';
import { variantsOf } from './step-fields.ts';
import { StepForm } from './step-form.tsx';
import { flowForm, labelOfStep, titleOfType } from './step-words.ts';
import { useDraft, useKeptDraft, type DraftState } from './use-draft.ts';
import { Versions } from './versions.tsx';
import { Walk } from './walk.tsx';

const key = 'callflows';

type DeletionProps = { readonly id: string; readonly name: string; readonly onClose: () => void };

/** Deletes a flow after a question that says what goes with it. */
function FlowDeletion({ id, name, onClose }: DeletionProps) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const dependents = useDependents('flow', id);
  // What is named in the question only: the API rejects the deletion for what has come since.
  const force = dependents !== undefined && dependents.dependents.length > 0;
  const deletion = useMutation({
    mutationFn: () => request({ method: 'DELETE', path: `/callflows/${id}`, query: { force } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['list'] });
      await navigate({ to: '/r/$key', params: { key } });
      showToast({ message: t('{name} is deleted.', { name }) });
    },
  });
  return (
    <Confirmation
      title={t('Delete {name}?', { name })}
      consequences={[...consequencesOf('flow', dependents), t('This cannot be undone.')]}
      details={<FoldedDependents of={dependents} />}
      action={t('Delete')}
      isSending={deletion.isPending}
      error={deletion.error}
      onConfirm={() => deletion.mutate()}
      onClose={onClose}
    />
  );
}

/** An area of its own: it is larger than all else of the page. */
const Graph = lazy(async () => ({ default: (await loadPart(() => import('./graph.tsx'))).Graph }));

/** "What happens to a caller?" One call flow: its steps as a graph, a walk through the draft, and what it changes. */
export function FlowPage({ id }: { readonly id: string }) {
  const queries = useQueryClient();
  const saving = useSaving('callflows', id);
  const { data } = useSuspenseQuery(flowQuery(id, null));
  // The editor begins once more with what was published, not with what others publish since.
  const [times, setTimes] = useState(0);
  const begin = (): void => setTimes((count) => count + 1);
  const [tab, setTab] = useState('step');
  const take = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: ['flow', id] });
    saving.reset();
    begin();
  };
  const shared = { id, saving, tab, onTab: setTab, onBegin: begin, onTake: () => void take() };
  return <FlowEditor key={times} saved={data} {...shared} />;
}

type EditorProps = {
  readonly id: string;
  readonly saved: Flow;
  /** Outlives the editor, which begins once more with what was saved. */
  readonly saving: ReturnType<typeof useSaving>;
  /** What is shown beside the graph; stays when the editor begins once more. */
  readonly tab: string;
  readonly onTab: (tab: string) => void;
  /** Begins with what is known to be published. */
  readonly onBegin: () => void;
  /** Begins with what is published now. */
  readonly onTake: () => void;
};

const savingRoute = 'PUT /callflows/{id}';

/** What the contract says of steps. */
function useSteps() {
  const operations = useOperations('telephony');
  const operation = operationOf(operations, savingRoute);
  const variants = useMemo(() => variantsOf(operation.body ?? {}, operations), [operation, operations]);
  const fieldsOf = useCallback((type: string) => exitFieldsOf(variants.get(type) ?? {}), [variants]);
  const canWrite = isAllowed(useSession(), operation.scopes);
  return { operations, variants, fieldsOf, canWrite };
}

/** What the API rejects of what was sent, as far as it is still so. @param sent steps of the request */
const problemsIn = (error: unknown, sent: unknown, { steps }: Flow): readonly FieldProblem[] =>
  problemsOf(violationsOf(error)).filter(({ path: [place = '', step = '', field = ''] }) => {
    return place !== 'steps' || field === '' || Object.is(at(sent, step, field), at(steps, step, field));
  });

/** The step to be shown after a failure: this one if it is rejected, else the first that is. */
function firstRejected(error: unknown, { steps }: Flow, shown: string): string {
  const rejected = within(problemsOf(violationsOf(error)), 'steps').map(({ path: [step = ''] }) => step);
  return rejected.includes(shown) ? shown : (rejected.find((step) => steps[step] !== undefined) ?? shown);
}

type ButtonsProps = {
  readonly draft: DraftState;
  readonly isSaving: boolean;
  readonly onSave: () => void;
};

const Buttons = ({ draft, isSaving, onSave }: ButtonsProps) => (
  <>
    <Button variant="default" disabled={!draft.canUndo} onClick={draft.undo}>
      {t('Undo')}
    </Button>
    <Button variant="default" disabled={!draft.canRedo} onClick={draft.redo}>
      {t('Redo')}
    </Button>
    <Button loading={isSaving} onClick={onSave}>
      {t('Publish')}
    </Button>
  </>
);

/** The draft of a flow, and how it is published. */
function useEditor({ id, saved, saving, onBegin, onTab }: EditorProps) {
  const [opened] = useState(saved);
  const draft = useDraft(opened);
  const kept = useKeptDraft(id, draft, opened);
  const [chosen, setChosen] = useState(opened.start);
  const { flow } = draft;
  const selected = flow.steps[chosen] === undefined ? flow.start : chosen;
  const requestFor = (version: number | null): ApiRequest => ({
    method: 'PUT',
    path: `/callflows/${id}`,
    body: { ...bodyOf(flow), ...(version === null ? {} : { version }) },
  });
  const publish = (version = kept.base): void =>
    saving.mutate(requestFor(version), {
      onError: (error) => {
        setChosen(firstRejected(error, flow, selected));
        if (within(problemsOf(violationsOf(error)), 'steps').length > 0) onTab('step');
      },
      onSuccess: () => {
        kept.forget();
        showToast({ message: t('Published.') });
        onBegin();
      },
    });
  const select = (name: string): void => {
    if (name === selected) return;
    draft.finish();
    setChosen(name);
  };
  return { opened, draft, kept, selected, select, publish, wanted: requestFor(kept.base) };
}

function FlowEditor(props: EditorProps) {
  const { id, saving } = props;
  const steps = useSteps();
  const { opened, draft, kept, selected, select, publish, wanted } = useEditor(props);
  const { flow } = draft;
  const [walked, setWalked] = useState<ReadonlySet<string>>(new Set());
  const [isDeleting, { open, close }] = useDisclosure();
  const rejected = problemsIn(saving.error, at(saving.variables?.body, 'steps'), flow);
  const problems = problemsOfDraft(flow, steps, rejected);
  const editor = useFirstComplaint(saving.error, 0);
  const card = { ...steps, flow, selected, problems: rejected, onChange: draft.change, onSelect: select };
  return (
    <Page
      title={flow.name}
      requests={[wanted]}
      actions={steps.canWrite && <Buttons draft={draft} isSaving={saving.isPending} onSave={() => publish()} />}
      menu={steps.canWrite && id !== 'new' && <Menu.Item onClick={open}>{t('Delete the flow')}</Menu.Item>}
    >
      <Stack ref={editor}>
        <Notices {...props} opened={opened} kept={kept} canWrite={steps.canWrite} onOverwrite={publish} />
        {steps.canWrite && (
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label={t('Name')}
              value={flow.name}
              error={messageOf(within(rejected, 'name'))}
              onChange={({ target }) => draft.type({ ...flow, name: target.value })}
            />
            <NewStep {...card} />
          </SimpleGrid>
        )}
        <ProblemList flow={flow} problems={problems} onSelect={select} />
        <Grid>
          <Grid.Col span={{ base: 12, lg: 7, xl: 8 }}>
            <LatePart>
              <Graph
                {...card}
                wrong={new Set(problems.filter(({ isNotice }) => !isNotice).map(({ step }) => step))}
                walked={walked}
                isReadOnly={!steps.canWrite}
              />
            </LatePart>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5, xl: 4 }}>
            <Beside {...props} saved={opened} draft={draft} card={card} onWalk={setWalked} />
          </Grid.Col>
        </Grid>
      </Stack>
      {isDeleting && <FlowDeletion id={id} name={opened.name} onClose={close} />}
    </Page>
  );
}

type NoticesProps = EditorProps & {
  /** The flow as it was when the editor began. */
  readonly opened: Flow;
  readonly kept: ReturnType<typeof useKeptDraft>;
  readonly canWrite: boolean;
  readonly onOverwrite: (version: number | null) => void;
};

/** What is said above the graph: of a draft that was kept, and of what became of the last publication. */
function Notices({ id, saving, opened, kept, canWrite, onOverwrite, onTake }: NoticesProps) {
  const { offered, resume, forget } = kept;
  const discard = (): void => {
    forget();
    onTake();
  };
  return (
    <>
      {offered !== undefined && canWrite && (
        <KeptNotice kept={offered} onResume={() => resume(offered)} onForget={forget} />
      )}
      {isConflict(saving.error) ? (
        <ConflictNotice
          id={id}
          before={opened}
          isSending={saving.isPending}
          onOverwrite={onOverwrite}
          onTake={discard}
        />
      ) : (
        <Problem error={saving.error} />
      )}
      {saving.isSuccess && saving.data.warnings.length > 0 && (
        <Alert color="yellow" role="status">
          {saving.data.warnings.join(' ')}
        </Alert>
      )}
    </>
  );
}

type BesideProps = Pick<EditorProps, 'id' | 'saved' | 'tab' | 'onTab'> & {
  readonly draft: DraftState;
  readonly card: CardProps;
  readonly onWalk: (steps: ReadonlySet<string>) => void;
};

/** What is beside the graph: the step that is selected, a walk through the draft, and the versions before. */
function Beside({ id, saved, tab, onTab, draft, card, onWalk }: BesideProps) {
  const current = versionOf(saved);
  const { flow, state, change, type } = draft;
  return (
    <Card withBorder p="sm">
      <Tabs value={tab} onChange={(next) => onTab(next ?? 'step')} keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="step">{t('Step')}</Tabs.Tab>
          <Tabs.Tab value="walk">{t('Try it')}</Tabs.Tab>
          <Tabs.Tab value="flow">{t('Settings')}</Tabs.Tab>
          {current !== null && <Tabs.Tab value="versions">{t('Changes')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="step">
          <StepCard key={`${card.selected} ${state}`} {...card} onType={type} />
        </Tabs.Panel>
        <Tabs.Panel value="walk">
          <Walk flow={flow} id={id} onWalk={onWalk} />
        </Tabs.Panel>
        <Tabs.Panel value="flow">
          <FlowSettings key={state} {...card} onType={type} />
        </Tabs.Panel>
        {current !== null && (
          <Tabs.Panel value="versions">
            <Versions id={id} current={current} draft={flow} isReadOnly={!card.canWrite} onChange={change} />
          </Tabs.Panel>
        )}
      </Tabs>
    </Card>
  );
}

/** What the whole flow has beside its steps. */
const settings = new Set(['extension', 'language', 'enabled', 'external_policy', 'max_silence_seconds']);

function FlowSettings({ operations, canWrite, flow, problems, onType }: StepCardProps) {
  const { body = {} } = operationOf(operations, savingRoute);
  const fields = fieldsOf(body, operations, undefined).filter(({ name }) => settings.has(name));
  const { groups, advanced } = arrange(fields, flowForm);
  const [values, setValues] = useState(() => editableValues(fields, flow));
  const change = (next: FormValues): void => {
    setValues(next);
    const rest = Object.entries(flow).filter(([name]) => !settings.has(name));
    onType({ ...(Object.fromEntries(rest) as Flow), ...bodyOfFields(fields, next, undefined) });
  };
  const shared = { value: values, problems, onChange: change };
  return (
    <FormFrame label={t('Settings')} isReadOnly={!canWrite}>
      {groups.map(({ title, fields: shown }) => (
        <FieldList key={title} fields={shown} {...shared} />
      ))}
      <details>
        <summary>{t('Advanced')}</summary>
        <Stack mt="sm">
          <FieldList fields={advanced} {...shared} />
        </Stack>
      </details>
    </FormFrame>
  );
}

type CardProps = ReturnType<typeof useSteps> & {
  readonly flow: Flow;
  readonly selected: string;
  readonly problems: readonly FieldProblem[];
  readonly onChange: (next: Flow) => void;
  readonly onSelect: (name: string) => void;
};

/** Adds a step after the one that is selected. */
function NewStep({ variants, fieldsOf: exitsOf, flow, selected, onChange, onSelect }: CardProps) {
  const add = (type: string | null): void => {
    if (type === null) return;
    const name = freeName(flow, type);
    const before = flow.steps[selected];
    const exits = before === undefined ? [] : exitsOf(before.type);
    onChange(withStepAfter(flow, selected, { name, step: { type } }, exits));
    onSelect(name);
  };
  const types = [...variants.keys()].map((value) => ({ value, label: titleOfType(value) }));
  return (
    <Select
      label={t('Add a step')}
      placeholder={t('After the step that is selected')}
      maxDropdownHeight={400}
      data={types}
      value={null}
      onChange={add}
    />
  );
}

type StepCardProps = CardProps & { readonly onType: (next: Flow) => void };

/** The step that is selected. */
function StepCard({ operations, variants, fieldsOf: exitsOf, canWrite, flow, selected, ...more }: StepCardProps) {
  const { problems, onChange, onSelect, onType } = more;
  const variant = variants.get(flow.steps[selected]?.type ?? '');
  const remove = (): void => {
    const rest = withoutStep(flow, selected, exitsOf);
    onChange(rest);
    onSelect(rest.start);
  };
  return (
    <Stack>
      <Select
        label={t('Selected step')}
        data={Object.keys(flow.steps).map((value) => ({ value, label: labelOfStep(flow, value) }))}
        allowDeselect={false}
        value={selected}
        onChange={(name) => onSelect(name ?? selected)}
      />
      {variant !== undefined && (
        <StepForm
          flow={flow}
          name={selected}
          variant={variant}
          operations={operations}
          isReadOnly={!canWrite}
          problems={within(within(problems, 'steps'), selected)}
          onChange={(step) => onType(withStep(flow, selected, step))}
          onRemove={remove}
          onStart={() => onChange({ ...flow, start: selected })}
        />
      )}
    </Stack>
  );
}
