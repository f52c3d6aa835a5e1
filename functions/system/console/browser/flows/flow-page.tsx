import {
  Alert,
  Button,
  Card,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { at, isObject, textIn } from '../../json-value.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { violationsOf } from '../kit/api-error.ts';
import { loadPart } from '../kit/connection.ts';
import { FieldList } from '../kit/field-input.tsx';
import { messageOf, problemsOf, within, type FieldProblem } from '../kit/field-problems.ts';
import { useFirstComplaint } from '../kit/form.tsx';
import { FormFrame } from '../kit/form-frame.tsx';
import { bodyOf as bodyOfFields, editableValues, fieldsOf, type FormValues } from '../kit/form-fields.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { resourceIn } from '../resources/answers.ts';
import { useSaving } from '../resources/saving.ts';
import {
  bodyOf,
  changed,
  exitFieldsOf,
  freeName,
  redone,
  undone,
  withoutStep,
  withStep,
  type Flow,
  type History,
} from './flow-draft.ts';
import { Simulation } from './simulation.tsx';
import { titleOfType, variantsOf } from './step-fields.ts';
import { StepForm } from './step-form.tsx';

/** An area of its own: it is larger than all else of the page. */
const Graph = lazy(async () => ({ default: (await loadPart(() => import('./graph.tsx'))).Graph }));

const fresh: Flow = {
  name: 'New call flow',
  start: 'welcome',
  steps: { welcome: { type: 'play', prompt: { say: 'Welcome.' } } },
};

const isFlow = (value: object): value is Flow => isObject(value) && isObject((value as Partial<Flow>).steps);

const read = async (id: string, version: number | null): Promise<Flow> => {
  if (id === 'new') return fresh;
  const query = version === null ? {} : { query: { version } };
  const flow = resourceIn(await request({ method: 'GET', path: `/callflows/${id}`, ...query }));
  if (!isFlow(flow)) throw new Error('The server answers no call flow');
  return flow;
};

/** One call flow: its steps as a graph, undo, a walk through the draft, and its earlier versions. */
export function FlowPage({ id }: { readonly id: string }) {
  const [version, setVersion] = useState<number | null>(null);
  const saving = useSaving('callflows', id);
  const { data } = useSuspenseQuery({ queryKey: ['flow', id, version], queryFn: () => read(id, version) });
  return (
    <FlowEditor
      key={`${id} ${version} ${textIn(data['updated_at'])}`}
      id={id}
      saved={data}
      saving={saving}
      onVersion={setVersion}
    />
  );
}

type EditorProps = {
  readonly id: string;
  readonly saved: Flow;
  /** Outlives the editor, which begins once more with what was saved. */
  readonly saving: ReturnType<typeof useSaving>;
  readonly onVersion: (version: number | null) => void;
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

type Draft = { readonly history: History<Flow>; readonly typed: Flow | null };

/** The draft with what is being typed, which becomes one change with the next one that is no typing. */
function useDraft(saved: Flow) {
  const [{ history, typed }, setDraft] = useState<Draft>({
    history: { past: [], present: saved, future: [] },
    typed: null,
  });
  const move = (next: (all: History<Flow>) => History<Flow>): void =>
    setDraft((all) => ({
      history: next(all.typed === null ? all.history : changed(all.history, all.typed)),
      typed: null,
    }));
  return {
    flow: typed ?? history.present,
    /** Of the draft without what is being typed. */
    state: `${history.past.length} ${history.future.length}`,
    canUndo: typed !== null || history.past.length > 0,
    canRedo: typed === null && history.future.length > 0,
    type: (next: Flow): void => setDraft((all) => ({ ...all, typed: next })),
    change: (next: Flow): void => move((all) => changed(all, next)),
    finish: (): void => move((all) => all),
    undo: (): void => move(undone),
    redo: (): void => move(redone),
  };
}

/** The step to be shown after a failure: this one if it is rejected, else the first that is. */
function firstRejected(error: unknown, { steps }: Flow, shown: string): string {
  const rejected = within(problemsOf(violationsOf(error)), 'steps').map(({ path: [step = ''] }) => step);
  return rejected.includes(shown) ? shown : (rejected.find((step) => steps[step] !== undefined) ?? shown);
}

type ButtonsProps = {
  readonly draft: ReturnType<typeof useDraft>;
  readonly isSaving: boolean;
  readonly onSave: () => void;
};

const Buttons = ({ draft, isSaving, onSave }: ButtonsProps) => (
  <Group gap="xs">
    <Button variant="default" disabled={!draft.canUndo} onClick={draft.undo}>
      Undo
    </Button>
    <Button variant="default" disabled={!draft.canRedo} onClick={draft.redo}>
      Redo
    </Button>
    <Button loading={isSaving} onClick={onSave}>
      Save
    </Button>
  </Group>
);

function FlowEditor({ id, saved, saving, onVersion }: EditorProps) {
  const steps = useSteps();
  const draft = useDraft(saved);
  const { flow } = draft;
  const [chosen, setChosen] = useState(saved.start);
  const selected = flow.steps[chosen] === undefined ? flow.start : chosen;
  const wanted: ApiRequest = { method: 'PUT', path: `/callflows/${id}`, body: bodyOf(flow) };
  const problems = problemsIn(saving.error, at(saving.variables?.body, 'steps'), flow);
  const select = (name: string): void => {
    if (name === selected) return;
    draft.finish();
    setChosen(name);
  };
  const save = (): void =>
    saving.mutate(wanted, { onError: (error) => setChosen(firstRejected(error, flow, selected)) });
  const editor = useFirstComplaint(saving.error, 0);
  const card = { ...steps, flow, selected, problems, onChange: draft.change, onSelect: select };
  return (
    <Page
      title={flow.name}
      requests={[wanted]}
      actions={steps.canWrite && <Buttons draft={draft} isSaving={saving.isPending} onSave={save} />}
    >
      <Stack ref={editor}>
        <Problem error={saving.error} />
        {saving.isSuccess && (
          <Alert color="green" role="status">
            Saved. {saving.data.warnings.join(' ')}
          </Alert>
        )}
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <TextInput
            label="Name"
            value={flow.name}
            error={messageOf(within(problems, 'name'))}
            onChange={({ target }) => draft.type({ ...flow, name: target.value })}
          />
          {steps.canWrite && <NewStep {...card} />}
          {id !== 'new' && <Versions of={saved} onChange={onVersion} />}
        </SimpleGrid>
        <FlowSettings {...card} state={draft.state} onChange={draft.type} />
        <Suspense fallback={<Text role="status">Loading the graph …</Text>}>
          <Graph {...card} />
        </Suspense>
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <StepCard key={`${selected} ${draft.state}`} {...card} onType={draft.type} />
          <Card withBorder>
            <Title order={2} size="h4" mb="sm">
              Walk through the draft
            </Title>
            <Simulation flow={flow} id={id} />
          </Card>
        </SimpleGrid>
      </Stack>
    </Page>
  );
}

/** What the whole flow has beside its steps. */
const settings = new Set(['extension', 'language', 'enabled', 'external_policy', 'max_silence_seconds']);

function FlowSettings({ state, ...card }: SettingsProps) {
  const isWrong = card.problems.some(({ path: [name = ''] }) => settings.has(name));
  return (
    <Card withBorder component="details" {...(isWrong ? { open: true } : {})}>
      <summary>Extension, language and other settings</summary>
      <SettingsForm key={state} {...card} />
    </Card>
  );
}

function SettingsForm({ operations, canWrite, flow, problems, onChange }: CardProps) {
  const { body = {} } = operationOf(operations, savingRoute);
  const fields = fieldsOf(body, operations, undefined).filter(({ name }) => settings.has(name));
  const [values, setValues] = useState(() => editableValues(fields, flow));
  const change = (next: FormValues): void => {
    setValues(next);
    const rest = Object.entries(flow).filter(([name]) => !settings.has(name));
    onChange({ ...(Object.fromEntries(rest) as Flow), ...bodyOfFields(fields, next, undefined) });
  };
  return (
    <FormFrame label="Settings of the flow" isReadOnly={!canWrite}>
      <FieldList fields={fields} value={values} problems={problems} onChange={change} />
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

function NewStep({ variants, flow, onChange, onSelect }: CardProps) {
  const add = (type: string | null): void => {
    if (type === null) return;
    const name = freeName(flow, type);
    onChange(withStep(flow, name, { type }));
    onSelect(name);
  };
  const types = [...variants.keys()].map((value) => ({ value, label: titleOfType(value) }));
  return <Select label="Add a step" data={types} value={null} onChange={add} />;
}

/** @param state of the draft without what is being typed */
type SettingsProps = CardProps & { readonly state: string };
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
    <Card withBorder>
      <Stack>
        <Select
          label="Step"
          data={Object.keys(flow.steps)}
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
    </Card>
  );
}

/** Opens an earlier version, which becomes the newest when it is saved. */
function Versions({ of, onChange }: { readonly of: Flow; readonly onChange: (version: number | null) => void }) {
  const { version } = of;
  return (
    <NumberInput
      label="Version"
      description="The last 50 can be opened"
      min={1}
      value={typeof version === 'number' ? version : ''}
      onChange={(next) => typeof next === 'number' && next !== version && onChange(next)}
    />
  );
}
