import { Alert, Button, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { isObject, listIn } from '../../json-value.ts';
import { ApiError, request, type ApiRequest } from '../kit/api.ts';
import { ApiForm } from '../kit/form.tsx';
import { fieldsOf, type FormValues } from '../kit/form-fields.ts';
import { operationOf, useOperations, type Operation } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { textOf } from '../kit/table.tsx';
import { routesOf, type ResourcePages } from './resources.ts';

type ItemProps = { readonly of: ResourcePages; readonly id: string };

/** The path of a route for one resource. */
const pathOf = (route: string, id: string): string =>
  route.slice(route.indexOf(' ') + 1).replace(/\{[^}]+\}/, encodeURIComponent(id));

/** The resource in an answer: with an envelope, or as it is. */
const resourceIn = (answer: unknown): FormValues => {
  if (!isObject(answer)) return {};
  return isObject(answer['data']) ? answer['data'] : answer;
};

type Answered = { readonly values: FormValues; readonly warnings: readonly string[] };

const answered = (answer: unknown): Answered => {
  const { warnings } = isObject(answer) ? answer : { warnings: [] };
  return { values: resourceIn(answer), warnings: listIn(warnings).map(String) };
};

/** A new resource, or the form of one that there is. */
export function ItemPage({ of, id }: ItemProps) {
  return id === 'new' ? <NewItem of={of} /> : <ExistingItem of={of} id={id} />;
}

/** Secrets that an answer shows once stay on the page until it is left. */
function ShownOnce({ values }: { readonly values: FormValues }) {
  const secrets = Object.entries(values).filter(
    ([name, value]) => typeof value === 'string' && /^(token|secret|password)$/.test(name),
  );
  if (secrets.length === 0) return null;
  return (
    <Alert color="yellow" title="Shown once: store it now" role="status">
      {secrets.map(([name, value]) => (
        <Text key={name}>
          {name}: <code>{String(value)}</code>
        </Text>
      ))}
    </Alert>
  );
}

const violationsOf = (error: unknown) => (error instanceof ApiError ? error.details : []);

function NewItem({ of }: { readonly of: ResourcePages }) {
  const operations = useOperations(of.tag);
  const route = routesOf(of).create ?? '';
  const operation = operationOf(operations, route);
  const wanted: ApiRequest = { method: 'PUT', path: pathOf(route, 'new') };
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [made, setMade] = useState<FormValues | null>(null);
  const creation = useMutation({
    mutationFn: async (body: object) => answered(await request({ ...wanted, body })),
    onSuccess: async ({ values }) => {
      await queries.invalidateQueries({ queryKey: ['list', of.path] });
      setMade(values);
      const id = values[of.idField ?? 'id'];
      const hasSecret = ['token', 'secret', 'password'].some((name) => typeof values[name] === 'string');
      if (!hasSecret) await navigate(pageAfter(of, typeof id === 'string' ? id : null, operations.operations));
    },
  });
  return (
    <Page title={`New ${of.noun}`} requests={[{ ...wanted, body: operation.example ?? {} }]}>
      <Text c="dimmed">{operation.summary}</Text>
      <Problem error={creation.error} />
      {made !== null && <ShownOnce values={made} />}
      {operation.body !== undefined && (
        <ApiForm
          fields={fieldsOf(operation.body, operations, operation.example)}
          violations={violationsOf(creation.error)}
          isSending={creation.isPending}
          isReadOnly={false}
          submit={`Create ${of.noun}`}
          onSubmit={(body) => creation.mutate(body)}
        />
      )}
    </Page>
  );
}

/** The page of what was made, or the list if it has none. */
const pageAfter = ({ key, path }: ResourcePages, id: string | null, operations: Readonly<Record<string, Operation>>) =>
  id !== null && operations[`GET ${path}/{id}`] !== undefined
    ? ({ to: '/r/$key/$id', params: { key, id } } as const)
    : ({ to: '/r/$key', params: { key } } as const);

function ExistingItem({ of, id }: ItemProps) {
  const operations = useOperations(of.tag);
  const session = useSession();
  const routes = routesOf(of);
  const queries = useQueryClient();
  const reading: ApiRequest = { method: 'GET', path: pathOf(routes.get, id) };
  const queryKey = ['item', reading.path];
  const { data: before } = useSuspenseQuery({
    queryKey,
    queryFn: async () => resourceIn(await request(reading)),
  });
  const update = routes.update === undefined ? undefined : operationOf(operations, routes.update);
  const method = of.update ?? 'PUT';
  const change = useMutation({
    mutationFn: async (body: object) => answered(await request({ ...reading, method, body })),
    onSuccess: async ({ values }) => {
      queries.setQueryData(queryKey, values);
      await queries.invalidateQueries({ queryKey: ['list', of.path] });
    },
  });
  const name =
    [before['name'], before['display_name'], before['username']].map(textOf).find((each) => each !== '') ?? id;
  const canChange = update !== undefined && isAllowed(session, update.scopes);
  const body = update?.body;
  return (
    <Page
      title={name}
      requests={[reading, ...(canChange ? [{ ...reading, method, body: update.example ?? {} }] : [])]}
      actions={<Deletion of={of} id={id} name={name} />}
    >
      <Problem error={change.error} />
      {change.isSuccess && (
        <Alert color="green" role="status">
          Saved. {change.data.warnings.join(' ')}
        </Alert>
      )}
      {body !== undefined && (
        <ApiForm
          key={`${textOf(before['updated_at'])} ${textOf(before['version'])}`}
          fields={fieldsOf(body, operations, update?.example)}
          before={before}
          violations={violationsOf(change.error)}
          isSending={change.isPending}
          isReadOnly={!canChange}
          submit="Save"
          onSubmit={(next) => change.mutate(next)}
        />
      )}
      <Details values={before} />
    </Page>
  );
}

/** All that the API says of it. */
function Details({ values }: { readonly values: FormValues }) {
  return (
    <details>
      <summary>As JSON</summary>
      <pre tabIndex={0}>{JSON.stringify(values, null, 2)}</pre>
    </details>
  );
}

function Deletion({ of, id, name }: ItemProps & { readonly name: string }) {
  const operations = useOperations(of.tag);
  const session = useSession();
  const route = routesOf(of).remove;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isOpen, { open, close }] = useDisclosure();
  const deletion = useMutation({
    mutationFn: () => request({ method: 'DELETE', path: pathOf(route ?? '', id) }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['list', of.path] });
      await navigate({ to: '/r/$key', params: { key: of.key } });
    },
  });
  if (route === undefined || !isAllowed(session, operationOf(operations, route).scopes)) return null;
  return (
    <>
      <Button variant="default" onClick={open}>
        Delete
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Delete ${name}?`}>
        <Text mb="md">{operationOf(operations, route).summary}. This cannot be undone.</Text>
        <Problem error={deletion.error} />
        <Group mt="md">
          <Button color="red" loading={deletion.isPending} onClick={() => deletion.mutate()}>
            Delete
          </Button>
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
        </Group>
      </Modal>
    </>
  );
}
