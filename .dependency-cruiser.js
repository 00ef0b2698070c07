/** The layers of the code. `app.ts` is the one place that knows all of them; see CONTRIBUTING.md. */
/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'kernel-knows-nothing-of-ours',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: '^(src|test)/', pathNot: '^src/kernel/' },
    },
    {
      name: 'credentials-know-only-the-kernel',
      severity: 'error',
      from: { path: '^src/credentials/' },
      to: { path: '^(src|test)/', pathNot: '^src/(credentials|kernel)/' },
    },
    {
      name: 'credentials-touch-nothing-outside',
      comment: 'Whoever uses them hands in what is to be asked; see src/credentials/index.ts.',
      severity: 'error',
      from: { path: '^src/(credentials|kernel)/' },
      to: {
        path: '^(node:)?(fs|net|tls|dns|dgram|http|http2|https|child_process|worker_threads|cluster|timers)(/|$)|^node_modules/(undici|pg|kysely|fastify)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'features-never-import-each-other',
      comment: 'app.ts hands a feature the functions of another that it needs.',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/' },
      to: { path: '^src/features/', pathNot: '^src/features/$1/' },
    },
    {
      name: 'features-know-no-more-than-they-need',
      comment:
        'Tables, records, the change feed and on whose behalf the database is asked are theirs to use, and two pure functions of form; the rest of the adapters comes through ports.',
      severity: 'error',
      from: { path: '^src/features/' },
      to: {
        path: '^src/',
        pathNot:
          '^src/(kernel|credentials|http|features|reference)/|^src/adapters/database/(schema|records|changeFeed|context)[.]ts$|^src/adapters/(chunkedCipher|keys/webDidProvider)[.]ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'rules-are-pure',
      comment: 'Decisions know neither Fastify nor the database; time and state are parameters.',
      severity: 'error',
      from: { path: '^src/features/.*/rules[.]ts$' },
      to: {
        path: '^src/(adapters|http)/|^node_modules/(fastify|kysely|pg|undici)/|^(node:)?(fs|net|http|https|child_process)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'reference-knows-only-the-kernel',
      comment: 'What standards and public lists say; read from files of its own.',
      severity: 'error',
      from: { path: '^src/reference/' },
      to: { path: '^(src|test)/', pathNot: '^src/(reference|kernel)/' },
    },
    {
      name: 'services-know-no-fastify',
      severity: 'error',
      from: { path: '^src/features/.*/(service|store)[.]ts$' },
      to: { path: '^node_modules/fastify/|^src/http/(server|access|problem|openapi)[.]ts$' },
    },
    {
      name: 'http-knows-no-feature-and-no-adapter',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/', pathNot: '^src/(http|kernel)/|^src/config[.]ts$' },
    },
    {
      name: 'adapters-only-implement-ports',
      comment:
        'Of http and the configuration they may know the types of what they implement or are built from.',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: {
        path: '^src/',
        pathNot: '^src/(adapters|kernel|credentials)/|^src/config[.]ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'adapters-know-no-feature',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: { path: '^src/(features|app|start|main|cli|demo)' },
    },
    {
      name: 'only-the-composition-root-knows-features',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(features|cli|demo)/|^src/(app|start)[.]ts$' },
      to: { path: '^src/features/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-development-packages-in-the-product',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'nothing-is-left-over',
      comment: 'A file of the product that nothing of the product uses.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/main[.]ts$|[.]d[.]ts$', orphan: true },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Written against the built package, which need not be there.
    exclude: { path: '^test/package/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
