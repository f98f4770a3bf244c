# Loss and AdaComm's period against virtual time, from the files that race.sh
# writes.
set terminal svg size 760,600 font "sans-serif,13" background rgb "white"
set output "local_updates.svg"
set multiplot
set logscale x
set grid back lc rgb "#dddddd" lt 1
set lmargin 9
set rmargin 3
set xrange [0.2:60]

set size 1,0.66
set origin 0,0.34
set logscale y
set yrange [0.08:2.5]
set ytics (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2)
set ylabel "loss on images trained on"
set format x ""
set key inside bottom left
plot "ssgd.dat" using 1:5 with lines title "ssgd" lw 2 lc rgb "#555555", \
     "pasgd-2.dat" using 1:5 with lines title "pasgd, period 2" lw 2 dt 2 lc rgb "#c8553d", \
     "pasgd-8.dat" using 1:5 with lines title "pasgd, period 8" lw 2 lc rgb "#c8553d", \
     "pasgd-32.dat" using 1:5 with lines title "pasgd, period 32" lw 2 dt 4 lc rgb "#c8553d", \
     "adacomm.dat" using 1:5 with lines title "adacomm" lw 2 lc rgb "#0b6e4f"

set size 1,0.34
set origin 0,0
unset logscale y
set yrange [0:36]
set ytics 8
set format x "%g"
set xlabel "virtual time, s"
set ylabel "period of adacomm"
unset key
plot "adacomm.tau" using 1:2 with fsteps lw 2 lc rgb "#0b6e4f"
unset multiplot
