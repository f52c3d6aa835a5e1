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
import { isObject, textIn } from '../../json-value.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { loadPart } from '../kit/connection.ts';
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
import { StepForm, variantsOf } from './step-form.tsx';

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

/** What the contract says of steps. */
function useSteps() {
  const operations = useOperations('telephony');
  const operation = operationOf(operations, 'PUT /callflows/{id}');
  const variants = useMemo(() => variantsOf(operation.body ?? {}, operations), [operation, operations]);
  const fieldsOf = useCallback((type: string) => exitFieldsOf(variants.get(type) ?? {}), [variants]);
  const canWrite = isAllowed(useSession(), operation.scopes);
  return { operations, variants, fieldsOf, canWrite };
}

function FlowEditor({ id, saved, saving, onVersion }: EditorProps) {
  const steps = useSteps();
  const [history, setHistory] = useState<History<Flow>>({ past: [], present: saved, future: [] });
  const [selected, setSelected] = useState(saved.start);
  const flow = history.present;
  const change = (next: Flow): void => setHistory((all) => changed(all, next));
  const wanted: ApiRequest = { method: 'PUT', path: `/callflows/${id}`, body: bodyOf(flow) };
  const buttons = (
    <Group gap="xs">
      <Button variant="default" disabled={history.past.length === 0} onClick={() => setHistory(undone)}>
        Undo
      </Button>
      <Button variant="default" disabled={history.future.length === 0} onClick={() => setHistory(redone)}>
        Redo
      </Button>
      <Button loading={saving.isPending} onClick={() => saving.mutate(wanted)}>
        Save
      </Button>
    </Group>
  );
  const card = { ...steps, flow, selected, onChange: change, onSelect: setSelected };
  return (
    <Page title={flow.name} requests={[wanted]} actions={steps.canWrite && buttons}>
      <Problem error={saving.error} />
      {saving.isSuccess && (
        <Alert color="green" role="status">
          Saved. {saving.data.warnings.join(' ')}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <TextInput label="Name" value={flow.name} onChange={({ target }) => change({ ...flow, name: target.value })} />
        {steps.canWrite && <NewStep {...card} />}
        {id !== 'new' && <Versions of={saved} onChange={onVersion} />}
      </SimpleGrid>
      <Suspense fallback={<Text role="status">Loading the graph …</Text>}>
        <Graph {...card} />
      </Suspense>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <StepCard {...card} />
        <Card withBorder>
          <Title order={2} size="h4" mb="sm">
            Walk through the draft
          </Title>
          <Simulation flow={flow} id={id} />
        </Card>
      </SimpleGrid>
    </Page>
  );
}

type CardProps = ReturnType<typeof useSteps> & {
  readonly flow: Flow;
  readonly selected: string;
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
  return <Select label="Add a step" data={[...variants.keys()]} value={null} onChange={add} />;
}

/** The step that is selected. */
function StepCard({ operations, variants, fieldsOf, canWrite, flow, selected, onChange, onSelect }: CardProps) {
  const variant = variants.get(flow.steps[selected]?.type ?? '');
  const remove = (): void => {
    const rest = withoutStep(flow, selected, fieldsOf);
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
            onChange={(step) => onChange(withStep(flow, selected, step))}
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
