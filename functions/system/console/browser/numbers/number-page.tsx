import { Alert, List, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { amountText } from '../kit/amounts.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import { Confirmation } from '../kit/confirmation.tsx';
import { countryName, flagOf } from '../kit/flags.ts';
import { ApiForm } from '../kit/form.tsx';
import { Section } from '../kit/form-frame.tsx';
import { fieldsOf, type FormValues } from '../kit/form-fields.ts';
import { filledIn } from '../kit/inputs.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { useTargetName } from '../kit/target-link.tsx';
import { showToast } from '../kit/toasts.tsx';
import { resourceIn } from '../resources/answers.ts';
import { ItemForm, ItemPage } from '../resources/item-page.tsx';
import { itemQuery } from '../resources/item-query.ts';
import type { ResourcePages } from '../resources/definitions.ts';
import { Sections } from '../resources/parts.tsx';
import { listIn, textIn } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { capabilityText, numberForm, typeWord } from '../resources/number-words.ts';
import { targetIn } from './route-picker.tsx';

type NumberProps = { readonly of: ResourcePages; readonly id: string };

/** "What happens when someone calls this number?" One that the organization holds, or one that it can take. */
export function NumberPage({ of, id }: NumberProps) {
  return id === 'new' ? <ItemPage of={of} id={id} /> : <ExistingNumber of={of} id={id} />;
}

function ExistingNumber({ of, id }: NumberProps) {
  const { data } = useSuspenseQuery(itemQuery({ method: 'GET', path: filledIn('GET /numbers/{id}', id) }));
  return data['state'] === 'available' ? (
    <Offer number={id} values={data} />
  ) : (
    <HeldNumber of={of} number={id} values={data} />
  );
}

/** Where the number is, and what it can do. */
function Subtitle({ of }: { readonly of: FormValues }) {
  const country = textIn(of['country']);
  const can = capabilityText(listIn(of['capabilities']).map(String));
  return [`${flagOf(country)} ${countryName(country)}`, typeWord(textIn(of['type'])), can].join(' · ');
}

type HeldProps = { readonly of: ResourcePages; readonly number: string; readonly values: FormValues };

function HeldNumber({ of, number, values }: HeldProps) {
  const session = useSession();
  const operations = useOperations('telephony');
  const [isReleasing, { open, close }] = useDisclosure();
  const reading: ApiRequest = { method: 'GET', path: filledIn('GET /numbers/{id}', number) };
  const canRelease = isAllowed(session, operationOf(operations, 'DELETE /numbers/{id}').scopes);
  const { parts = [], tag } = of;
  return (
    <Page
      title={number}
      subtitle={<Subtitle of={values} />}
      requests={[reading]}
      menu={canRelease && <Menu.Item onClick={open}>{t('Release the number')}</Menu.Item>}
    >
      <ItemForm of={of} id={number} before={values} />
      <Sections parts={parts} tag={tag} known={[number]} />
      {isReleasing && <Release number={number} values={values} onClose={close} />}
    </Page>
  );
}

type ReleaseProps = { readonly number: string; readonly values: FormValues; readonly onClose: () => void };

/** Gives a number back after a question that says what goes with it. */
function Release({ number, values, onClose }: ReleaseProps) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const target = targetIn(values['route']);
  const name = useTargetName(target);
  const release = useMutation({
    mutationFn: (force: boolean) =>
      request({
        method: 'DELETE',
        path: filledIn('DELETE /numbers/{id}', number),
        ...(force ? { query: { force: true } } : {}),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['list'] });
      await navigate({ to: '/r/$key', params: { key: 'numbers' } });
      showToast({ message: t('{name} is released.', { name: number }) });
    },
  });
  const { error } = release;
  const inUse = error instanceof ApiError && error.code === 'NUMBER_IN_USE' ? error : null;
  return (
    <Confirmation
      title={t('Release {name}?', { name: number })}
      consequences={[
        target === null ? t('Callers hear that it is not in use.') : t('Calls no longer reach {name}.', { name }),
        t('For 30 days only your organization can take it back. After that anyone can.'),
      ]}
      action={inUse === null ? t('Release the number') : t('Release it all the same')}
      isSending={release.isPending}
      error={inUse === null ? error : null}
      onConfirm={() => release.mutate(inUse !== null)}
      onClose={onClose}
    >
      {inUse !== null && (
        <Alert color="yellow" role="alert" mb="sm">
          <Text size="sm">{t('It is in use: calls end, and these present another number.')}</Text>
          <List size="sm">
            {inUse.details.map(({ path, message }) => (
              <List.Item key={path}>{message}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Confirmation>
  );
}

const takeRoute = 'PUT /numbers/{id}';

/** What a holder says of a number. */
const asked = ['label', 'route', 'record'];

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
      showToast({ message: t('{name} is yours.', { name: number }) });
    },
  });
  const shown: ApiRequest = { method: 'PUT', path, body: { label: 'Reception', route: null } };
  const fields = fieldsOf(operation.body ?? {}, operations, operation.example);
  const { monthly_fee: fee, fee_currency: currency } = values;
  return (
    <Page title={number} subtitle={<Subtitle of={values} />} requests={[{ method: 'GET', path }, shown]}>
      <Text>{fee === 0 ? t('No monthly fee.') : t('Fee per month: {fee}', { fee: amountText(fee, currency) })}</Text>
      {isAllowed(session, operation.scopes) && (
        <Section title={t('Take this number')}>
          <ApiForm
            fields={asked.flatMap((name) => fields.find((field) => field.name === name) ?? [])}
            arrangement={numberForm}
            error={taking.error}
            isSending={taking.isPending}
            isReadOnly={false}
            submit={t('Take the number')}
            onSubmit={(body) => taking.mutate(body)}
          />
        </Section>
      )}
    </Page>
  );
}
