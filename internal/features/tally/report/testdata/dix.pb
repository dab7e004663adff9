META
key;value
description;Dix habitants, dix mille euros
country;France
unit;Exemple
instance;2026
num_projects;4
num_votes;10
budget;10000
vote_type;approval
rule;equalshares/add1
date_begin;01.09.2026
date_end;30.09.2026
language;fr
currency;EUR
PROJECTS
project_id;cost;votes;name
N1;4200;7;Aire de jeux du nord
N2;2400;6;Arbres du nord
N3;3000;6;Piste cyclable du nord
S1;2400;3;Jardin du sud
VOTES
voter_id;vote
1;N1,N2,N3
2;N1,N2,N3
3;N1,N2,N3
4;N1,N2,N3
5;N1,N2,N3
6;N1,N2,N3
7;N1
8;S1
9;S1
10;S1
