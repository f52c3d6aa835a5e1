import { Card, Title } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { request, type ApiRequest } from '../kit/api.ts';
import { ApiForm } from '../kit/form.tsx';
import { fieldsOf, type FormValues } from '../kit/form-fields.ts';
import { filledIn } from '../kit/inputs.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { Values } from '../kit/values.tsx';
import { resourceIn } from '../resources/answers.ts';
import { ItemPage, itemQuery } from '../resources/item-page.tsx';
import type { ResourcePages } from '../resources/definitions.ts';

type NumberProps = { readonly of: ResourcePages; readonly id: string };

/** A number that the organization holds, or one that it can take. */
export function NumberPage({ of, id }: NumberProps) {
  return id === 'new' ? <ItemPage of={of} id={id} /> : <ExistingNumber of={of} id={id} />;
}

function ExistingNumber({ of, id }: NumberProps) {
  const { data } = useSuspenseQuery(itemQuery({ method: 'GET', path: filledIn('GET /numbers/{id}', id) }));
  return data['state'] === 'available' ? <Offer number={id} values={data} /> : <ItemPage of={of} id={id} />;
}

const takeRoute = 'PUT /numbers/{id}';

/** What a holder says of a number. */
const asked = ['label', 'route', 'record'];

/** What the platform says of a number that can be taken. */
const told = ['country', 'type', 'capabilities', 'monthly_fee'];

function Offer({ number, values }: { readonly number: string; readonly values: FormValues }) {
  const session = useSession();
  const operations = useOperations('telephony');
  const queries = useQueryClient();
  const operation = operationOf(operations, takeRoute);
  const path = filledIn(takeRoute, number);
  const taking = useMutation({
    mutationFn: async (body: object) => resourceIn(await request({ method: 'PUT', path, body })),
    onSuccess: async (taken) => {
      queries.setQueryData(itemQuery({ method: 'GET', path }).queryKey, taken);
      await queries.invalidateQueries();
    },
  });
  const shown: ApiRequest = { method: 'PUT', path, body: { label: 'Reception', route: null } };
  const fields = fieldsOf(operation.body ?? {}, operations, operation.example);
  return (
    <Page title={number} requests={[{ method: 'GET', path }, shown]}>
      <Values of={Object.fromEntries(told.map((name) => [name, values[name]]))} />
      {isAllowed(session, operation.scopes) && (
        <Card withBorder>
          <Title order={2} size="h4" mb="sm">
            Take this number
          </Title>
          <ApiForm
            fields={asked.flatMap((name) => fields.find((field) => field.name === name) ?? [])}
            error={taking.error}
            isSending={taking.isPending}
            isReadOnly={false}
            submit="Take the number"
            onSubmit={(body) => taking.mutate(body)}
          />
        </Card>
      )}
    </Page>
  );
}
