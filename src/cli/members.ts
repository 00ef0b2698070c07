import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_URL, isPrivate, parseServiceUrl } from './verify.js';

export interface ImportOptions {
  readonly url: URL;
  readonly format?: 'csv' | 'ndjson';
  readonly layout?: string;
  readonly map: Readonly<Record<string, string>>;
  readonly set: Readonly<Record<string, string>>;
  readonly delimiter?: string;
  readonly dryRun?: true;
  readonly invite?: true;
  readonly issue?: true;
  readonly sentByOurselves?: true;
  readonly validFor?: string;
  readonly invitationsFile?: string;
  readonly tokenFile?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly json?: true;
}

export function membersCommand(): Command {
  return new Command('members')
    .description("a federation's members: import, invite, issue to all of them")
    .addCommand(importCommand());
}

function importCommand(): Command {
  return new Command('import')
    .description(
      "import a federation's register of its members, and on request invite them and issue to them",
    )
    .argument('<file>', 'the register: CSV with a header, or NDJSON')
    .addOption(
      new Option('--url <url>', 'the service')
        .env('COOP_PASSPORT_URL')
        .argParser(parseServiceUrl)
        .default(new URL(DEFAULT_URL), DEFAULT_URL),
    )
    .addOption(
      new Option('--format <format>', "of the file; its name's ending when absent").choices([
        'csv',
        'ndjson',
      ]),
    )
    .addOption(
      new Option('--layout <name>', 'of a register that is known by name; --map and --set add to it').choices(
        ['regulator-of-social-housing'],
      ),
    )
    .option('--map <ours=theirs>', "the file's name of a column; once for each", collect, {})
    .option('--set <ours=value>', 'what holds for every line; once for each', collect, {})
    .addOption(
      new Option('--delimiter <name>', 'between the cells of a CSV').choices(['comma', 'semicolon', 'tab']),
    )
    .option('--dry-run', 'say what would happen, line by line, and do none of it')
    .option('--invite', 'then invite those who were not invited yet')
    .option('--issue', 'then issue to those who have joined and asked for their credential')
    .option('--sent-by-ourselves', 'with --issue: you took every token to the address in your register')
    .option('--valid-for <duration>', 'with --issue: for how long, such as P6M')
    .option(
      '--invitations-file <path>',
      'add tokens that are handed to you to this file, for you alone to read',
    )
    .option('--token-file <path>', 'the access token; else it is read from COOP_PASSPORT_TOKEN')
    .option('--client-id <id>', 'sign in as a machine client with the scope "review"')
    .option('--client-secret-file <path>', 'its secret; else it is read from COOP_PASSPORT_CLIENT_SECRET')
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      `
Columns: name, registrationNumber, registrationAuthority, registrationAuthorityCode, jurisdiction, legalForm, registeredOn,
email, memberNumber, memberSince, standing. The first three, jurisdiction and standing are needed of a new member.

Run it again to go on where it was cut off: the same file does nothing twice, nobody is invited twice, and each
credential is issued once. Where the service sends no mail, the tokens of the invitations go to standard output, one JSON
object a line, or with --invitations-file to that file. Secrets are never taken from the command line, where other
users of the machine could read them.

Exit status: 0 done, 1 error, 2 wrong usage, 4 done as far as it could be: lines or members are left for a person.

Examples:
  $ coop-passport members import members.csv --dry-run
  $ coop-passport members import england-registered.csv --layout regulator-of-social-housing \\
      --set standing=good_standing --invite --issue --client-id $ID --client-secret-file secret`,
    )
    .action(async (file: string, options: ImportOptions, command: Command) => {
      if (!isPrivate(options.url))
        command.error('error: an access token is sent over https only, or to this machine');
      if (options.dryRun && (options.invite || options.issue))
        command.error('error: --dry-run does nothing, so nobody can be invited or issued to');
      const { importMembers } = await import('./membersImport.js');
      await importMembers(file, options);
    });
}

function collect(text: string, known: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([A-Za-z]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It must be a name and a value with = between them.');
  return { ...known, [name]: value };
}
