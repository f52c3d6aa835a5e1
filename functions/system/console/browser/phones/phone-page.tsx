import { Alert, Button, Card, Group, Menu, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { t } from '../texts/texts.ts';
import { request } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import { Confirmation } from '../kit/confirmation.tsx';
import { agoText } from '../kit/format.ts';
import { Page } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { showToast } from '../kit/toasts.tsx';
import { useDock } from '../phone/dock-state.ts';
import { itemQuery } from '../resources/item-query.ts';
import { AddPhone } from './add-phone.tsx';
import { PhoneForm } from './phone-form.tsx';
import { extensionsOf, pathOfPhone, phoneName, type Phone } from './phone-names.ts';
import { PhoneBadge } from './phone-badge.tsx';
import { Provisioning } from './provisioning.tsx';
import { shapeOf } from './shapes.ts';
import { Silhouette } from './silhouette.tsx';

const key = 'devices';

/** "Does this phone ring, and for whom?" A phone, or the form that adds one. */
export function PhonePage({ id }: { readonly id: string }) {
  return id === 'new' ? <NewPhone /> : <ExistingPhone id={id} />;
}

function NewPhone() {
  const navigate = useNavigate();
  const body = { mac_address: '00:15:65:AB:CD:EF', model: 'T46U' };
  return (
    <Page title={t('Add a phone')} requests={[{ method: 'PUT', path: '/devices/phone', body }]}>
      <AddPhone onAdded={({ id }) => void navigate({ to: '/r/$key/$id', params: { key, id } })} />
    </Page>
  );
}

/** As the form, the state and the lines of a phone need it. */
export const phoneRequest = (id: string) => ({
  method: 'GET',
  path: pathOfPhone(id),
  query: { include: 'lines,settings,status' },
});

/** "Does this phone ring, for whom, and how is it set up?" */
function ExistingPhone({ id }: { readonly id: string }) {
  const reading = phoneRequest(id);
  const { data } = useSuspenseQuery(itemQuery(reading));
  const phone = data as Phone;
  const canChange = isAllowed(useSession(), ['telephony:write']);
  const { menu, dialog } = usePhoneMenu(phone);
  return (
    <Page
      title={phoneName(phone)}
      subtitle={
        <Group gap="sm">
          <Silhouette shape={shapeOf(phone.model, phone.kind)} width={48} />
          <PhoneBadge phone={phone} />
        </Group>
      }
      requests={[reading, { method: 'POST', path: reading.path, body: { name: phone.name } }]}
      actions={<RingButton phone={phone} />}
      menu={canChange ? menu : null}
    >
      {dialog}
      <Stack>
        {phone.locked === true && (
          <Alert color="orange" title={t('This phone does not work')}>
            {t('Its user was deleted. Give it to another user, or choose “New link and passwords” in the menu.')}
          </Alert>
        )}
        <State phone={phone} />
        {canChange && phone.provisioning_url !== null && phone.kind !== 'softphone' && <Link phone={phone} />}
        <PhoneForm phone={phone} reading={reading} />
      </Stack>
    </Page>
  );
}

/** Calls the first line of a phone, to hear where it is. */
function RingButton({ phone }: { readonly phone: Phone }) {
  const { isAllowed: hasPhone, call } = useDock();
  const [first = ''] = extensionsOf(phone).split(', ');
  if (!hasPhone || first === '') return null;
  return (
    <Button variant="default" onClick={() => call(first)}>
      {t('Ring it')}
    </Button>
  );
}

/** Unfolded until the phone has fetched its settings once. */
function Link({ phone: { provisioning_url: url, provisioning_status: file } }: { readonly phone: Phone }) {
  const [isOpen, setOpen] = useState(file === 'pending');
  return (
    <Card withBorder>
      <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{t('Connect the phone')}</summary>
        {isOpen && url !== null && (
          <Stack mt="sm">
            <Provisioning url={url} />
          </Stack>
        )}
      </details>
    </Card>
  );
}

const qualities: Readonly<Record<string, string>> = {
  good: t('good'),
  fair: t('fair'),
  poor: t('poor'),
};

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <Table.Tr>
    <Table.Th scope="row" w={200}>
      {name}
    </Table.Th>
    <Table.Td>{children}</Table.Td>
  </Table.Tr>
);

function State({ phone }: { readonly phone: Phone }) {
  const { status_details: details, ip_address: address, firmware_version: version, last_seen: seen } = phone;
  const quality = qualities[details?.network_quality ?? ''];
  return (
    <Card withBorder component="section" aria-label={t('State')}>
      <Title order={2} size="h4" mb="xs">
        {t('State')}
      </Title>
      <Table>
        <Table.Tbody>
          <Fact name={t('Last sign of life')}>{seen === null ? t('never') : agoText(seen)}</Fact>
          {details !== undefined && phone.status === 'online' && (
            <Fact name={t('Ready since')}>{agoText(Date.now() - details.uptime_seconds * 1_000)}</Fact>
          )}
          <Fact name={t('Address')}>{address ?? '–'}</Fact>
          <Fact name={t('Version')}>{version ?? '–'}</Fact>
          <Fact name={t('MAC address')}>{phone.mac_address}</Fact>
          {quality !== undefined && <Fact name={t('Network')}>{quality}</Fact>}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

const said = (error: Error): string => {
  const code = error instanceof ApiError ? error.code : '';
  if (code === 'DEVICE_UNREACHABLE' || code === 'NOTIFY_TIMEOUT') return t('The phone does not answer.');
  return code === 'DEVICE_IN_CALL' ? t('The phone has a call. Try again after it.') : error.message;
};

/** What is done seldom with a phone. */
function usePhoneMenu(phone: Phone): { readonly menu: ReactNode; readonly dialog: ReactNode } {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isDeleting, setDeleting] = useState(false);
  const path = pathOfPhone(phone.id);
  const reboot = useMutation({
    mutationFn: () =>
      request({ method: 'PUT', path: `/devices/reboot/${encodeURIComponent(phone.id)}`, body: { delay: 0 } }),
    onSuccess: () => showToast({ message: t('{name} starts again.', { name: phoneName(phone) }) }),
    onError: (error) => showToast({ message: said(error) }),
  });
  const renewal = useMutation({
    mutationFn: () => request({ method: 'POST', path, body: { rotate_credentials: true, rotate_secret: true } }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      showToast({ message: t('The phone has a new link and new passwords, from its next start on.') });
    },
    onError: (error) => showToast({ message: said(error) }),
  });
  const deletion = useMutation({
    mutationFn: () => request({ method: 'DELETE', path, query: { keep_config: true } }),
    onSuccess: async () => {
      await navigate({ to: '/r/$key', params: { key } });
      await queries.invalidateQueries({ queryKey: ['list'] });
      showToast({ message: t('{name} is deleted.', { name: phoneName(phone) }) });
    },
  });
  return {
    menu: (
      <>
        <Menu.Item onClick={() => reboot.mutate()}>{t('Start again')}</Menu.Item>
        <Menu.Item onClick={() => renewal.mutate()}>{t('New link and passwords')}</Menu.Item>
        <Menu.Item color="red" onClick={() => setDeleting(true)}>
          {t('Delete')}
        </Menu.Item>
      </>
    ),
    dialog: isDeleting && (
      <Confirmation
        title={t('Delete {name}?', { name: phoneName(phone) })}
        action={t('Delete')}
        consequences={
          extensionsOf(phone) === ''
            ? []
            : [t('{extensions} no longer rings on this phone.', { extensions: extensionsOf(phone) })]
        }
        isSending={deletion.isPending}
        error={deletion.error}
        onConfirm={() => deletion.mutate()}
        onClose={() => setDeleting(false)}
      >
        <Text>{t('Its settings are there again if it is added within 90 days.')}</Text>
      </Confirmation>
    ),
  };
}
