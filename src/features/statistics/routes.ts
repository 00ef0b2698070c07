import type { Server } from '../../http/server.js';
import { NetworkStatistics } from './schemas.js';
import type { StatisticsService } from './service.js';

export function addStatisticsRoutes(server: Server, statistics: StatisticsService): void {
  server.get(
    '/v1/network/statistics',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'getNetworkStatistics',
        tags: ['network'],
        summary: 'What the network does for its members, in numbers',
        description:
          'Once a day. A figure that fewer than five organisations stand behind is left out, and counts nowhere; the others are rounded down to multiples of five. Nobody is named, nor who relies on whom.',
        response: { 200: NetworkStatistics },
      },
    },
    async (_request, reply) => {
      void reply.header('cache-control', 'public, max-age=3600');
      return statistics.readStatistics();
    },
  );
}
