-- Version 6: market data.

create table if not exists market_sectors (
  code varbinary(64) primary key,
  name longtext not null
) character set utf8mb4;

create table if not exists market_stocks (
  code varbinary(64) primary key,
  name longtext not null,
  sector varbinary(64) not null,           -- code of market_sectors
  index market_stocks_sector (sector, code)
) character set utf8mb4;

create table if not exists market_prices (
  code varbinary(64) not null,             -- of market_stocks
  day varbinary(10) not null,              -- yyyy-MM-dd
  open double not null,
  high double not null,
  low double not null,
  close double not null,
  volume bigint not null,
  primary key (code, day)
);
