import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventually } from '../support/eventually.ts';
import { startAmong, type Program } from '../system/peers/program.ts';
import { memoryFolder } from './memory-folder.ts';

/** Where Debian's `kamailio-sqlite-modules` has the definitions of its tables. */
export const definitions = '/usr/share/kamailio/db_sqlite';
const modules = '/usr/lib/x86_64-linux-gnu/kamailio/modules';

/** Whether Kamailio's module for SQLite is installed. */
export const hasSqlite = (): boolean => existsSync(join(modules, 'db_sqlite.so')) && existsSync(definitions);

type Settings = { readonly port: number; readonly domain: string; readonly password: string };

/** Every binding is written to the database before its REGISTER is answered (`db_mode` 1). */
const configuration = ({ port, domain, password }: Settings, database: string): string => `
debug=0
log_stderror=yes
dns=no
rev_dns=no
auto_aliases=no
disable_tcp=yes
children=4
listen=udp:127.0.0.1:${port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "auth.so"
loadmodule "db_sqlite.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "db_url", "sqlite://${database}")
modparam("usrloc", "db_mode", 1)
request_route {
  if (!pv_www_authenticate("${domain}", "${password}", "0")) {
    auth_challenge("${domain}", "1");
    exit;
  }
  save("location");
}
event_route[core:worker-one-init] {
  xlog("L_ALERT", "READY\\n");
}
`;

/** Starts Kamailio as a registrar with its bindings in SQLite. The end of a `using` scope ends it. */
export async function startSqliteRegistrar(settings: Settings): Promise<Program> {
  const folder = mkdtempSync(join(memoryFolder(), 'trunkline-kamailio-'));
  const database = join(folder, 'kamailio.sqlite');
  const db = new DatabaseSync(database);
  for (const name of ['standard-create.sql', 'usrloc-create.sql'])
    db.exec(readFileSync(join(definitions, name), 'utf8'));
  db.close();
  const program = startAmong({ 'kamailio.cfg': configuration(settings, database) }, 'kamailio', [
    ...['-f', './kamailio.cfg', '-DD', '-E', '-Y', '.', '-m', '128', '-M', '8'],
  ]);
  await eventually(() => program.printed().includes('READY')).catch((cause: unknown) => {
    throw new Error(`Kamailio is not ready. It printed:\n${program.printed()}`, { cause });
  });
  return {
    ...program,
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
